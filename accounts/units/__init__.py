"""The units: 预算单位, their departments and the finance offices that look after them."""
