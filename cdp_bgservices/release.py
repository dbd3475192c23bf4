"""Which release of this package runs."""


def package_version() -> str:
    """Empty in a folder that is not installed. It is read from files, which is too slow for every start."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("cdp-bgservices")
    except PackageNotFoundError:
        return ""
