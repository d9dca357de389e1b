#!/bin/bash
# console.sh - console.py, under the name that tests/tools/run-tests looks for.
exec python3 "$(dirname "$0")/console.py" "$@"
