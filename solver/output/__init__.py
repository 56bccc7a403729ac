"""Files that other programs read: the summary, CSV, fields for ParaView."""
