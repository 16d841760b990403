"""What a file of crowd answers agrees on, by the rules that campaigns are judged with."""

from __future__ import annotations
