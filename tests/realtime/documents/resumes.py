"""Résumés as they are handed in: made with libraries that others wrote, in both languages."""

from io import BytesIO

from docx import Document
from docx.shared import Pt
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    ListFlowable,
    PageTemplate,
    Paragraph,
    Table,
)

LATIN, KOREAN = "Helvetica", "HYSMyeongJo-Medium"
pdfmetrics.registerFont(UnicodeCIDFont(KOREAN))

Line = tuple[float, float, str]


def drawn(*lines: Line, font: str = LATIN, turned: int = 0) -> bytes:
    """A PDF of one page with these lines, each at its place; by `turned` degrees on its side."""
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    if turned:
        canvas.translate(A4[0] / 2, A4[1] / 2)
        canvas.rotate(turned)
        canvas.translate(-A4[0] / 2, -A4[1] / 2)
    canvas.setFont(font, 11)
    for x, y, text in lines:
        canvas.drawString(x, y, text)
    canvas.save()
    return buffer.getvalue()


def in_columns(font: str, heading: str, side: list[str], main: list[str]) -> bytes:
    """A résumé with a heading across the page, a narrow column and a wide one below it."""
    buffer = BytesIO()
    plain = ParagraphStyle("plain", fontName=font, fontSize=10, leading=14, spaceAfter=4)
    title = ParagraphStyle("title", parent=plain, fontSize=20, leading=26)
    width, height = A4
    frames = [
        Frame(50, height - 110, width - 100, 60, id="heading"),
        Frame(50, 50, 150, height - 170, id="side"),
        Frame(220, 50, width - 270, height - 170, id="main"),
    ]
    template = BaseDocTemplate(buffer, pagesize=A4)
    template.addPageTemplates([PageTemplate(frames=frames)])
    story: list[Flowable] = [Paragraph(heading, title), FrameBreak()]
    story += [Paragraph(text, plain) for text in side]
    story.append(FrameBreak())
    story.append(ListFlowable([Paragraph(text, plain) for text in main], bulletType="bullet"))
    template.build(story)
    return buffer.getvalue()


def with_table(font: str, rows: list[list[str]]) -> bytes:
    """A PDF with one table."""
    buffer = BytesIO()
    template = BaseDocTemplate(buffer, pagesize=A4)
    template.addPageTemplates([PageTemplate(frames=[Frame(50, 50, 500, 700)])])
    template.build([Table(rows, style=[("FONTNAME", (0, 0), (-1, -1), font)], colWidths=150)])
    return buffer.getvalue()


def locked(*, to_open: bool) -> bytes:
    """A PDF that asks for a password, to open it or only to print or change it."""
    buffer = BytesIO()
    lock = StandardEncryption("secret" if to_open else "", "owner", canPrint=0, strength=128)
    canvas = Canvas(buffer, encrypt=lock)
    canvas.drawString(50, 700, "Mina Kim, backend engineer")
    canvas.save()
    return buffer.getvalue()


def scanned() -> bytes:
    """A PDF whose one page is a picture."""
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    pixels = BytesIO(b"P5 64 64 255\n" + bytes(range(256)) * 16)
    canvas.drawImage(ImageReader(pixels), 0, 0, width=500, height=700)
    canvas.save()
    return buffer.getvalue()


def recognised() -> bytes:
    """A scan with its text, painted invisibly, as recognition leaves it."""
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    text = canvas.beginText(50, 700)
    text.setTextRenderMode(3)
    text.textLine("Mina Kim, backend engineer")
    canvas.drawText(text)
    canvas.save()
    return buffer.getvalue()


def in_word(name: str, jobs: dict[str, list[str]], rows: list[list[str]]) -> bytes:
    """A DOCX: the name in the page's header, headings, bullets and a table."""
    document = Document()
    document.sections[0].header.paragraphs[0].text = name
    for job, deeds in jobs.items():
        document.add_heading(job, level=2)
        for deed in deeds:
            document.add_paragraph(deed, style="List Bullet").runs[0].font.size = Pt(10)
    table = document.add_table(rows=0, cols=len(rows[0]))
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()
