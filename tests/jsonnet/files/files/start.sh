#!/bin/sh
# Quotes "and" 'both', a tab	and $VARIABLES stay.
exec "$@"
