"""What to do where a system allows no network namespace: its settings show the reason."""

from pathlib import Path

SETTINGS = {
    "user.max_user_namespaces": ("0", "15000"),
    "user.max_net_namespaces": ("0", "15000"),
    "kernel.unprivileged_userns_clone": ("0", "1"),
    "kernel.apparmor_restrict_unprivileged_userns": ("1", "0"),
}
"""By sysctl's name: the value that forbids them, and one that does not. The third is Debian's, the fourth Ubuntu's."""
CONTAINERS = (".dockerenv", "run/.containerenv")
"""Files that Docker and Podman make."""
WITHOUT = "The other parts need none of this: --lab push,notifications,clock."


def remedy(root: Path = Path("/")) -> str:
    """``root`` is where the system's files are."""
    return f"{how_to_allow(root)} {WITHOUT}"


def how_to_allow(root: Path = Path("/")) -> str:
    """User namespaces, which a network namespace takes where one is not root."""
    changes = [f"{name}={good}" for name, (bad, good) in SETTINGS.items() if value_of(root, name) == bad]
    if changes:
        return f"Let an administrator allow them: sysctl {' '.join(changes)}."
    if in_container(root):
        return (
            "Start the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined, or as root "
            "with --cap-add SYS_ADMIN --cap-add NET_ADMIN."
        )
    return f"Run it as root, or allow user namespaces; see sysctl {', '.join(SETTINGS)}."


def in_container(root: Path = Path("/")) -> bool:
    return any((root / name).exists() for name in CONTAINERS)


def value_of(root: Path, name: str) -> str:
    """Empty if this system does not have it, or does not show it."""
    try:
        return (root / "proc/sys" / name.replace(".", "/")).read_text().strip()
    except OSError:
        return ""
