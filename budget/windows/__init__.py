"""The windows (申报窗口): in which days a month's plans may be submitted."""
