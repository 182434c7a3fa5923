"""The allotments (指标): what a unit may spend, held, posted and left."""
