#!/bin/sh
# Can people pay? A real check would ask the service; this one looks at what was deployed.
set -eu
git -C ../gitops.git show "$TOWLINE_GITOPS_COMMIT:$TOWLINE_ENVIRONMENT/shop/configmap-settings.yaml" | grep -q 'payments: "on"'
