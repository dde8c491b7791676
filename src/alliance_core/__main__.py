"""Run the command: `python -m alliance_core`."""

from alliance_core.edges.cli import main

if __name__ == "__main__":
    main()
