"""The command `alliance`: charts in, what is due, missing or contested out, with the reasons and their sources."""

import sys

#: What the command is built on; without them it can only say which extra brings them.
_EXTRA = frozenset({"typer", "click", "rich", "msgspec"})


def main() -> None:
    """Run the command and end the process with its exit code."""
    try:
        from alliance_core.edges.cli.app import app  # noqa: PLC0415  # the extra may not be installed
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        sys.stderr.write("the command needs an extra that is not installed: pip install 'alliance-core[cli]'\n")
        sys.exit(2)
    app(prog_name="alliance")


__all__ = ["main"]
