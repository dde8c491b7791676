"""Print the shell commands of the README's first screen, so that what is tested is what is written there."""

import re
import sys
from pathlib import Path

text = (Path(sys.argv[1]) / "README.md").read_text("utf-8")
blocks = re.findall(r"```(?:sh|bash|console)\n(.*?)```", text, re.DOTALL)
lines = [line for block in blocks[:2] for line in block.splitlines() if line.strip() and not line.startswith("#")]
if len(lines) < 2:  # noqa: PLR2004  # the main job and the tests
    sys.exit("README.md: its first two shell blocks have to hold the main job and the tests")
print("\n".join(lines))
