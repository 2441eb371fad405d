"""From onset and apex frames to flow maps and manifest.csv: the parts of scripts/prepare."""
