"""The code lists of the budget: 功能分类, 经济分类, 资金性质 and the like."""
