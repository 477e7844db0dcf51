#!/usr/bin/env bash
# Makes a Python environment with the programs that read what gmlp-train exports.
#
#   Tests/Ecosystem/setup.sh [FOLDER]
#
# Without FOLDER it is .build/ecosystem of the package, where the tests look for it. For another one set
# GMLP_TRAIN_ECOSYSTEM=FOLDER when the tests run. Tests of programs that are not in it are skipped. Pages are opened in
# Chromium, which the system has to have: apt-get install chromium. GMLP_TRAIN_PICTURES=FOLDER keeps their pictures.
if [ -z "${BASH_VERSION:-}" ]; then exec bash "$0" "$@"; fi # after sh Tests/Ecosystem/setup.sh
set -euo pipefail

case ${1:-} in
  -h | --help)
    sed -n '2,/^if/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
esac

here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
folder=${1:-$here/../../.build/ecosystem}
if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
  echo "$0: python3 lacks venv; apt-get install python3-venv" >&2
  exit 1
fi
python3 -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --requirement "$here/requirements.txt"
echo "$folder: $("$folder/bin/python" --version), $(wc -l <"$here/requirements.txt") packages with what they need"
for browser in chromium chromium-browser google-chrome; do
  if command -v "$browser" >/dev/null; then exit 0; fi
done
echo "no Chromium: its tests are skipped; apt-get install chromium"
