#!/bin/sh
# Does what was released run? A real check would ask the service; this one looks at what the
# stand-in for an operator has applied.
set -eu
grep -q "greeting-web:$TOWLINE_RELEASE$" "../cluster/$TOWLINE_ENVIRONMENT/greeting/deployment-greeting.yaml"
