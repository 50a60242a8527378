#!/usr/bin/env bash
# Checks models and says the result in every form that was asked for: annotations in the log, the job's
# summary, and files. The inputs come as variables, so that nothing in them is taken for code.
set -euo pipefail

args=(check --format github)
[ -z "${GITHUB_STEP_SUMMARY:-}" ] || args+=(--format "markdown=$GITHUB_STEP_SUMMARY")
[ -z "${JUNIT:-}" ] || args+=(--format "junit=$JUNIT")
[ -z "${SARIF:-}" ] || args+=(--format "sarif=$SARIF")
[ -z "${CONFIG:-}" ] || args+=(--config "$CONFIG")
[ "${STRICT:-false}" != true ] || args+=(--strict)
# Globs are the command's: a shell that expanded them would take folders that hold no model.
set -f
# shellcheck disable=SC2206
args+=(${MODELS:-})

exec npx --no-install latentkit "${args[@]}"
