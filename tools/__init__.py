"""Commands for developers of Quire; they are not part of the installed package."""
