#!/bin/bash
# console_load.sh - console_load.py, under the name that tests/tools/run-tests
# looks for.
exec python3 "$(dirname "$0")/console_load.py" "$@"
