"""Installs Tesseract for `make setup` where that is possible; scans stay unread without it."""

from __future__ import annotations

import shutil

from deploy.local.install import install
from deploy.local.polling import NotUp

PACKAGES = ("tesseract-ocr",)


def main() -> None:
    if shutil.which("tesseract"):
        return
    try:
        install(PACKAGES)
    except NotUp:
        command = f"sudo apt-get install --no-install-recommends {' '.join(PACKAGES)}"
        print(f"Scanned pages will not be read: Tesseract is not installed. For that: {command}")


if __name__ == "__main__":
    main()
