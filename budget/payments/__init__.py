"""The payments (支付) of the treasury: what was paid of each allotment and of each approved line."""
