"""The lab's parts, each of them opened and closed again."""

from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.values import Check, State
from cdp_bgservices.errors import BrowserError, InvalidInputError
from cdp_bgservices.lab.control import check_labs_folder
from cdp_bgservices.lab.opening import PARTS as PARTS
from cdp_bgservices.lab.opening import problem_of
from cdp_bgservices.platforms import PROGRAMS, Platform, missing_programs

GROUP = "lab"


async def part(name: str, asked: Asked) -> list[Check]:
    problem = await problem_of(name)
    if problem is None:
        return [Check(group=GROUP, name=name, found="works")]
    return [
        Check(
            group=GROUP,
            name=name,
            state=State.MISSING,
            found=str(problem),
            remedy=problem.remedy,
            stops=f"the lab's {name}",
        )
    ]


def programs(asked: Asked) -> list[Check]:
    """All that are missing at once: an opening names the first one only."""
    if asked.platform is not Platform.LINUX:
        return []
    missing = {program: package for ability in PROGRAMS for program, package in missing_programs(ability).items()}
    if not missing:
        names = ", ".join(program for _, packages in PROGRAMS.values() for program in packages)
        return [Check(group=GROUP, name="programs", found=f"{names} are there")]
    return [
        Check(
            group=GROUP,
            name="programs",
            state=State.MISSING,
            found=f"not found: {', '.join(missing)}",
            remedy=f"Install: {' '.join(dict.fromkeys(missing.values()))}",
        )
    ]


def control(asked: Asked) -> list[Check]:
    """The folder of the sockets by which other processes reach an open lab."""
    try:
        folder = check_labs_folder()
    except (InvalidInputError, BrowserError) as error:
        return [
            Check(
                group=GROUP,
                name="control",
                state=State.MISSING,
                found=str(error),
                remedy=error.remedy,
                stops="a lab that other processes control",
            )
        ]
    return [Check(group=GROUP, name="control", found=f"sockets are in {folder}")]
