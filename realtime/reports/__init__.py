"""The report as documents that one would keep: Markdown, HTML and PDF.

`document.describe` says once what a report says; each other module writes that down in its own
form, and adds nothing but looks. So all forms tell the same.
"""
