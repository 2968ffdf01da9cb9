"""One label, made by twenty small packages."""
import datetime

import label_barcode
import label_border
import label_checksum
import label_codec
import label_color
import label_country
import label_currency
import label_date
import label_font
import label_grid
import label_icon
import label_layout
import label_margin
import label_number
import label_paper
import label_queue
import label_scale
import label_sender
import label_text
import label_weight

waiting = label_queue.Queue(limit=100)


def draw(name, country):
    """The label as text, packed by label_codec and base64-encoded."""
    number = label_number.next_number()
    parts = [
        label_icon.icon("parcel") + " " + label_sender.sender(),
        label_text.clean(name),
        label_country.full_name(country),
        label_barcode.bars(label_checksum.with_digit(number)),
        label_date.written(datetime.date(2026, 1, 1)),
        label_weight.written(1250),
        label_currency.written(499, "EUR"),
        label_color.name(0xFFCC00) + " " + label_font.pick(len(name)),
    ]
    width = label_scale.characters(label_paper.width_mm("A6"))
    lines = label_layout.place(parts, width)
    lines = label_margin.indent(label_grid.align(lines), 1)
    waiting.put(number)
    return label_codec.pack("\n".join(label_border.around(lines)))
