"""Official papers as PDF: the demand sheet a unit files and the approval sheet the bureau answers with.

`line_facts` → `demand_sheet`, `approval_sheet` (pure) → `pages` (HTML) → `render` (PDF, job process only).
"""
