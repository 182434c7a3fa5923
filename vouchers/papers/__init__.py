"""The papers (原始凭证): contracts, invoices and sheets, and what each line draws on them."""
