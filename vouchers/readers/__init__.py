"""What machines read on a paper: QR codes, invoice XML, OFD, PDF text and scans. Suggestions, never amounts."""
