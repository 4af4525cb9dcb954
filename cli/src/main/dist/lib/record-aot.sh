#!/bin/sh
# Records the AOT cache of this distribution for the JVM that bin/gavel finds: the cache fits that one build of the
# JVM only. The command it runs starts gRPC, fails to connect and reports it, and so loads what most commands load.
set -eu

self=$(readlink -f "$0")
home=${self%/lib/record-aot.sh}
cache=$home/lib/gavel.aot

rm -f "$cache"
GAVEL_JAVA_OPTS="-XX:AOTCacheOutput=$cache" \
    "$home/bin/gavel" kv get training --endpoints 127.0.0.1:1 --timeout 300ms </dev/null || true
[ -s "$cache" ]
