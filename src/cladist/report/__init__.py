"""The report: the whole anatomy of a hub as one page, its tables and its figures.

``plan`` says which analyses run and how their tables are shown, ``blocks`` turns a result into
a part of the page, ``front`` and ``books`` make the first and the last part, ``writing`` puts
the folder in its place.
"""

from cladist.report.writing import write_report

__all__ = ["write_report"]
