"""The tables of the house."""

import sqlalchemy as sa
from alembic import op


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('blob',
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('media_type', sa.String(length=400), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_blob'))
    )
    op.create_table('chain',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('division_code', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=400), nullable=False),
    sa.Column('plan_kind', sa.String(length=64), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('published_at', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chain')),
    sa.UniqueConstraint('division_code', 'name', 'version', name=op.f('uq_chain_division_code_name_version'))
    )
    op.create_table('code_entry',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('division_code', sa.String(length=64), nullable=False),
    sa.Column('fiscal_year', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('table_name', sa.String(length=64), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=400), nullable=False),
    sa.Column('parent', sa.String(length=64), nullable=False),
    sa.Column('level', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('confidence', sa.String(length=64), nullable=False),
    sa.Column('source', sa.String(length=400), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_code_entry')),
    sa.UniqueConstraint('division_code', 'fiscal_year', 'table_name', 'code', name=op.f('uq_code_entry_division_code_fiscal_year_table_name_code'))
    )
    op.create_table('economic_mapping',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('division_code', sa.String(length=64), nullable=False),
    sa.Column('fiscal_year', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('dep_eco_code', sa.String(length=64), nullable=False),
    sa.Column('gov_eco_administrative', sa.String(length=64), nullable=False),
    sa.Column('gov_eco_institution', sa.String(length=64), nullable=False),
    sa.Column('confidence', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_economic_mapping')),
    sa.UniqueConstraint('division_code', 'fiscal_year', 'dep_eco_code', name=op.f('uq_economic_mapping_division_code_fiscal_year_dep_eco_code'))
    )
    op.create_table('filing_window',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('division_code', sa.String(length=64), nullable=False),
    sa.Column('fiscal_year', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('month', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('opens_at', sa.DateTime(), nullable=False),
    sa.Column('closes_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('closes_at > opens_at', name=op.f('ck_filing_window_closes_after_opening')),
    sa.CheckConstraint('month BETWEEN 1 AND 12', name=op.f('ck_filing_window_month')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_filing_window')),
    sa.UniqueConstraint('division_code', 'fiscal_year', 'month', name=op.f('uq_filing_window_division_code_fiscal_year_month'))
    )
    op.create_table('history',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('actor_name', sa.String(length=400), nullable=False),
    sa.Column('subject_kind', sa.String(length=64), nullable=False),
    sa.Column('subject_id', sa.String(length=64), nullable=False),
    sa.Column('action', sa.String(length=64), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('details', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_history'))
    )
    with op.batch_alter_table('history', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_history_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_history_subject_kind_subject_id'), ['subject_kind', 'subject_id'], unique=False)

    op.create_table('job',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('subject', sa.String(length=64), nullable=False),
    sa.Column('payload', sa.Text(), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'running', 'done', 'failed', name='jobstate', native_enum=False, length=32), nullable=False),
    sa.Column('attempts', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('run_after', sa.DateTime(), nullable=False),
    sa.Column('lease_until', sa.DateTime(), nullable=True),
    sa.Column('done', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('total', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('result', sa.Text(), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('finished_at', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job'))
    )
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_job_state_run_after'), ['state', 'run_after'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_subject'), ['subject'], unique=False)

    op.create_table('notice',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('link', sa.String(length=400), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('read_at', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice'))
    )
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notice_person_id_read_at'), ['person_id', 'read_at'], unique=False)

    op.create_table('number_head',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('division_code', sa.String(length=64), nullable=False),
    sa.Column('fiscal_year', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('series', sa.String(length=64), nullable=False),
    sa.Column('last', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_number_head')),
    sa.UniqueConstraint('division_code', 'fiscal_year', 'series', name=op.f('uq_number_head_division_code_fiscal_year_series'))
    )
    op.create_table('office',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('division_code', sa.String(length=64), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=400), nullable=False),
    sa.Column('kind', sa.Enum('business', 'budget', 'treasury', 'payment_centre', 'leaders', name='officekind', native_enum=False, length=32), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_office')),
    sa.UniqueConstraint('division_code', 'code', name=op.f('uq_office_division_code_code'))
    )
    op.create_table('person',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('username', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=400), nullable=False),
    sa.Column('phone', sa.String(length=64), nullable=False),
    sa.Column('password_hash', sa.String(length=400), nullable=False),
    sa.Column('must_change_password', sa.Boolean(), nullable=False),
    sa.Column('failures', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('locked_until', sa.DateTime(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('username', name=op.f('uq_person_username'))
    )
    op.create_table('voucher_requirement',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('division_code', sa.String(length=64), nullable=False),
    sa.Column('fiscal_year', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('eco_prefixes', sa.String(length=400), nullable=False),
    sa.Column('pro_cats', sa.String(length=400), nullable=False),
    sa.Column('only_gov_pur', sa.Boolean(), nullable=False),
    sa.Column('any_of', sa.String(length=400), nullable=False),
    sa.Column('text', sa.String(length=400), nullable=False),
    sa.Column('required', sa.Boolean(), nullable=False),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_voucher_requirement'))
    )
    with op.batch_alter_table('voucher_requirement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_voucher_requirement_division_code_fiscal_year'), ['division_code', 'fiscal_year'], unique=False)

    op.create_table('chain_step',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('chain_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=400), nullable=False),
    sa.Column('role', sa.Enum('unit_clerk', 'unit_auditor', 'unit_head', 'department_reviewer', 'office_reviewer', 'office_chief', 'treasury_reviewer', 'treasury_approver', 'deputy_director', 'director', 'auditor', 'system_admin', 'security_admin', 'audit_admin', name='role', native_enum=False, length=32), nullable=False),
    sa.Column('scope', sa.Enum('unit', 'department', 'line_office', 'bureau', name='stepscope', native_enum=False, length=32), nullable=False),
    sa.Column('amount_field', sa.Enum('', 'suggested', 'approved', name='amountfield', native_enum=False, length=32), nullable=False),
    sa.Column('time_limit_days', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['chain_id'], ['chain.id'], name=op.f('fk_chain_step_chain_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chain_step')),
    sa.UniqueConstraint('chain_id', 'number', name=op.f('uq_chain_step_chain_id_number'))
    )
    op.create_table('login_session',
    sa.Column('key_hash', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('seen_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_login_session_person_id')),
    sa.PrimaryKeyConstraint('key_hash', name=op.f('pk_login_session'))
    )
    with op.batch_alter_table('login_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_login_session_person_id'), ['person_id'], unique=False)

    op.create_table('unit',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('division_code', sa.String(length=64), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=400), nullable=False),
    sa.Column('parent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('kind', sa.Enum('administrative', 'institution', name='unitkind', native_enum=False, length=32), nullable=False),
    sa.Column('is_leaf', sa.Boolean(), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('office_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('credit_code', sa.String(length=64), nullable=False),
    sa.Column('exp_func_code', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['office_id'], ['office.id'], name=op.f('fk_unit_office_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['unit.id'], name=op.f('fk_unit_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit')),
    sa.UniqueConstraint('division_code', 'code', name=op.f('uq_unit_division_code_code'))
    )
    op.create_table('allotment',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('division_code', sa.String(length=64), nullable=False),
    sa.Column('fiscal_year', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('bgt_id', sa.String(length=64), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('office_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('doc_no', sa.String(length=400), nullable=False),
    sa.Column('doc_title', sa.String(length=400), nullable=False),
    sa.Column('doc_date', sa.Date(), nullable=True),
    sa.Column('description', sa.String(length=400), nullable=False),
    sa.Column('fund_type_code', sa.String(length=64), nullable=False),
    sa.Column('fund_type_name', sa.String(length=400), nullable=False),
    sa.Column('exp_func_code', sa.String(length=64), nullable=False),
    sa.Column('exp_func_name', sa.String(length=400), nullable=False),
    sa.Column('gov_eco_code', sa.String(length=64), nullable=False),
    sa.Column('gov_eco_name', sa.String(length=400), nullable=False),
    sa.Column('dep_eco_code', sa.String(length=64), nullable=False),
    sa.Column('dep_eco_name', sa.String(length=400), nullable=False),
    sa.Column('pro_code', sa.String(length=64), nullable=False),
    sa.Column('pro_name', sa.String(length=400), nullable=False),
    sa.Column('pro_cat_code', sa.String(length=64), nullable=False),
    sa.Column('bgt_type_code', sa.String(length=64), nullable=False),
    sa.Column('bgt_type_name', sa.String(length=400), nullable=False),
    sa.Column('source_type_code', sa.String(length=64), nullable=False),
    sa.Column('pay_type_code', sa.String(length=64), nullable=False),
    sa.Column('pay_type_name', sa.String(length=400), nullable=False),
    sa.Column('bgt_mof_dep_code', sa.String(length=64), nullable=False),
    sa.Column('bgt_mof_dep_name', sa.String(length=400), nullable=False),
    sa.Column('three_guarantee_code', sa.String(length=64), nullable=False),
    sa.Column('is_gov_pur', sa.Boolean(), nullable=False),
    sa.Column('executable', sa.Boolean(), nullable=False),
    sa.Column('deleted', sa.Boolean(), nullable=False),
    sa.Column('initials', sa.String(length=400), nullable=False),
    sa.Column('extra', sa.Text(), nullable=False),
    sa.Column('granted', sa.BigInteger(), nullable=False),
    sa.Column('held', sa.BigInteger(), nullable=False),
    sa.Column('posted', sa.BigInteger(), nullable=False),
    sa.Column('updated_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('held + posted <= granted', name=op.f('ck_allotment_never_over')),
    sa.CheckConstraint('held >= 0', name=op.f('ck_allotment_held')),
    sa.CheckConstraint('posted >= 0', name=op.f('ck_allotment_posted')),
    sa.ForeignKeyConstraint(['office_id'], ['office.id'], name=op.f('fk_allotment_office_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_allotment_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_allotment')),
    sa.UniqueConstraint('division_code', 'fiscal_year', 'bgt_id', name=op.f('uq_allotment_division_code_fiscal_year_bgt_id'))
    )
    with op.batch_alter_table('allotment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_allotment_office_id_fiscal_year'), ['office_id', 'fiscal_year'], unique=False)
        batch_op.create_index(batch_op.f('ix_allotment_unit_id_fiscal_year'), ['unit_id', 'fiscal_year'], unique=False)

    op.create_table('plan',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('division_code', sa.String(length=64), nullable=False),
    sa.Column('fiscal_year', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('month', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.Enum('monthly', name='plankind', native_enum=False, length=32), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('state', sa.Enum('draft', 'in_review', 'returned', 'approved', 'void', name='planstate', native_enum=False, length=32), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('chain_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('step_no', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('contact_phone', sa.String(length=64), nullable=False),
    sa.Column('remark', sa.String(length=400), nullable=False),
    sa.Column('form_key', sa.String(length=64), nullable=True),
    sa.Column('author_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('updated_at', sa.DateTime(), nullable=False),
    sa.Column('submitted_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('submitted_at', sa.DateTime(), nullable=True),
    sa.Column('approved_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('month BETWEEN 1 AND 12', name=op.f('ck_plan_month')),
    sa.ForeignKeyConstraint(['author_id'], ['person.id'], name=op.f('fk_plan_author_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_plan_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan')),
    sa.UniqueConstraint('division_code', 'number', name=op.f('uq_plan_division_code_number')),
    sa.UniqueConstraint('form_key', name=op.f('uq_plan_form_key'))
    )
    with op.batch_alter_table('plan', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_division_code_fiscal_year_month_state'), ['division_code', 'fiscal_year', 'month', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_plan_unit_id_fiscal_year_month'), ['unit_id', 'fiscal_year', 'month'], unique=False)

    op.create_table('post',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('role', sa.Enum('unit_clerk', 'unit_auditor', 'unit_head', 'department_reviewer', 'office_reviewer', 'office_chief', 'treasury_reviewer', 'treasury_approver', 'deputy_director', 'director', 'auditor', 'system_admin', 'security_admin', 'audit_admin', name='role', native_enum=False, length=32), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('office_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.CheckConstraint('ends_on IS NULL OR ends_on >= starts_on', name=op.f('ck_post_ends_after_start')),
    sa.CheckConstraint('unit_id IS NULL OR office_id IS NULL', name=op.f('ck_post_one_place')),
    sa.ForeignKeyConstraint(['office_id'], ['office.id'], name=op.f('fk_post_office_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_post_person_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_post_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_post'))
    )
    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_post_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_post_role_unit_id_office_id'), ['role', 'unit_id', 'office_id'], unique=False)

    op.create_table('decision',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('step_no', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('step_name', sa.String(length=400), nullable=False),
    sa.Column('act', sa.Enum('submit', 'withdraw', 'agree', 'return', 'approve', name='act', native_enum=False, length=32), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('comment', sa.Text(), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_name', sa.String(length=400), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_decision_person_id')),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_decision_plan_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision')),
    sa.UniqueConstraint('plan_id', 'number', name=op.f('uq_decision_plan_id_number'))
    )
    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_decision_person_id'), ['person_id'], unique=False)

    op.create_table('paper',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('division_code', sa.String(length=64), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('kind_code', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=400), nullable=False),
    sa.Column('blob_digest', sa.String(length=64), nullable=False),
    sa.Column('file_kind', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('page_count', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('removed_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['blob_digest'], ['blob.digest'], name=op.f('fk_paper_blob_digest')),
    sa.ForeignKeyConstraint(['created_by'], ['person.id'], name=op.f('fk_paper_created_by')),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_paper_plan_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_paper_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_paper'))
    )
    with op.batch_alter_table('paper', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_paper_blob_digest'), ['blob_digest'], unique=False)
        batch_op.create_index(batch_op.f('ix_paper_plan_id'), ['plan_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_paper_unit_id_created_at'), ['unit_id', 'created_at'], unique=False)

    op.create_table('plan_editor',
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_plan_editor_person_id')),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_plan_editor_plan_id')),
    sa.PrimaryKeyConstraint('plan_id', 'person_id', name=op.f('pk_plan_editor'))
    )
    op.create_table('plan_line',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('allotment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('applied', sa.BigInteger(), nullable=True),
    sa.Column('suggested', sa.BigInteger(), nullable=True),
    sa.Column('approved', sa.BigInteger(), nullable=True),
    sa.Column('purpose', sa.String(length=400), nullable=False),
    sa.Column('pay_date', sa.Date(), nullable=True),
    sa.Column('payee', sa.String(length=400), nullable=False),
    sa.Column('note', sa.String(length=400), nullable=False),
    sa.Column('returned', sa.Boolean(), nullable=False),
    sa.Column('removed_in', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint('approved IS NULL OR approved <= COALESCE(suggested, applied)', name=op.f('ck_plan_line_approved')),
    sa.CheckConstraint('suggested IS NULL OR suggested <= applied', name=op.f('ck_plan_line_suggested')),
    sa.ForeignKeyConstraint(['allotment_id'], ['allotment.id'], name=op.f('fk_plan_line_allotment_id')),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_plan_line_plan_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_line'))
    )
    with op.batch_alter_table('plan_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_line_allotment_id'), ['allotment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_plan_line_plan_id_position'), ['plan_id', 'position'], unique=False)

    op.create_table('plan_revision',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('submitted_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('submitted_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_plan_revision_plan_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_revision')),
    sa.UniqueConstraint('plan_id', 'revision', name=op.f('uq_plan_revision_plan_id_revision'))
    )
    op.create_table('review_task',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('step_no', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('step_name', sa.String(length=400), nullable=False),
    sa.Column('role', sa.Enum('unit_clerk', 'unit_auditor', 'unit_head', 'department_reviewer', 'office_reviewer', 'office_chief', 'treasury_reviewer', 'treasury_approver', 'deputy_director', 'director', 'auditor', 'system_admin', 'security_admin', 'audit_admin', name='role', native_enum=False, length=32), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('office_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('state', sa.Enum('open', 'done', 'cancelled', name='taskstate', native_enum=False, length=32), nullable=False),
    sa.Column('opened_at', sa.DateTime(), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.Column('closed_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['closed_by'], ['person.id'], name=op.f('fk_review_task_closed_by')),
    sa.ForeignKeyConstraint(['office_id'], ['office.id'], name=op.f('fk_review_task_office_id')),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_review_task_plan_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_review_task_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review_task')),
    sa.UniqueConstraint('plan_id', 'revision', 'step_no', 'office_id', name=op.f('uq_review_task_plan_id_revision_step_no_office_id'))
    )
    with op.batch_alter_table('review_task', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_review_task_closed_by_state'), ['closed_by', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_review_task_plan_id'), ['plan_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_review_task_state_role_unit_id_office_id'), ['state', 'role', 'unit_id', 'office_id'], unique=False)

    op.create_table('draw',
    sa.Column('paper_id', sa.Uuid(), nullable=False),
    sa.Column('plan_line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['paper_id'], ['paper.id'], name=op.f('fk_draw_paper_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['plan_line_id'], ['plan_line.id'], name=op.f('fk_draw_plan_line_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('paper_id', 'plan_line_id', name=op.f('pk_draw'))
    )
    with op.batch_alter_table('draw', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_draw_plan_line_id'), ['plan_line_id'], unique=False)

    op.create_table('ledger_entry',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('division_code', sa.String(length=64), nullable=False),
    sa.Column('division_name', sa.String(length=400), nullable=False),
    sa.Column('fiscal_year', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('month', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('plan_line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('plan_number', sa.String(length=64), nullable=False),
    sa.Column('line_no', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('approval_no', sa.String(length=64), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit_code', sa.String(length=64), nullable=False),
    sa.Column('unit_name', sa.String(length=400), nullable=False),
    sa.Column('department_code', sa.String(length=64), nullable=False),
    sa.Column('department_name', sa.String(length=400), nullable=False),
    sa.Column('office_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('office_code', sa.String(length=64), nullable=False),
    sa.Column('office_name', sa.String(length=400), nullable=False),
    sa.Column('allotment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('bgt_id', sa.String(length=64), nullable=False),
    sa.Column('doc_no', sa.String(length=400), nullable=False),
    sa.Column('fund_type_code', sa.String(length=64), nullable=False),
    sa.Column('fund_type_name', sa.String(length=400), nullable=False),
    sa.Column('exp_func_code', sa.String(length=64), nullable=False),
    sa.Column('exp_func_name', sa.String(length=400), nullable=False),
    sa.Column('gov_eco_code', sa.String(length=64), nullable=False),
    sa.Column('gov_eco_name', sa.String(length=400), nullable=False),
    sa.Column('dep_eco_code', sa.String(length=64), nullable=False),
    sa.Column('dep_eco_name', sa.String(length=400), nullable=False),
    sa.Column('pro_code', sa.String(length=64), nullable=False),
    sa.Column('pro_name', sa.String(length=400), nullable=False),
    sa.Column('pro_cat_code', sa.String(length=64), nullable=False),
    sa.Column('bgt_type_code', sa.String(length=64), nullable=False),
    sa.Column('bgt_type_name', sa.String(length=400), nullable=False),
    sa.Column('bgt_mof_dep_code', sa.String(length=64), nullable=False),
    sa.Column('bgt_mof_dep_name', sa.String(length=400), nullable=False),
    sa.Column('pay_type_code', sa.String(length=64), nullable=False),
    sa.Column('pay_type_name', sa.String(length=400), nullable=False),
    sa.Column('three_guarantee_code', sa.String(length=64), nullable=False),
    sa.Column('is_gov_pur', sa.Boolean(), nullable=False),
    sa.Column('applied', sa.BigInteger(), nullable=False),
    sa.Column('suggested', sa.BigInteger(), nullable=False),
    sa.Column('approved', sa.BigInteger(), nullable=False),
    sa.Column('cut_reason', sa.Text(), nullable=False),
    sa.Column('purpose', sa.String(length=400), nullable=False),
    sa.Column('pay_date', sa.Date(), nullable=True),
    sa.Column('payee', sa.String(length=400), nullable=False),
    sa.Column('paper_count', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('paper_list', sa.Text(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('applied_by', sa.String(length=400), nullable=False),
    sa.Column('applied_at', sa.DateTime(), nullable=False),
    sa.Column('approved_by', sa.String(length=400), nullable=False),
    sa.Column('posted_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('approved <= suggested AND suggested <= applied', name=op.f('ck_ledger_entry_only_lowered')),
    sa.ForeignKeyConstraint(['allotment_id'], ['allotment.id'], name=op.f('fk_ledger_entry_allotment_id')),
    sa.ForeignKeyConstraint(['office_id'], ['office.id'], name=op.f('fk_ledger_entry_office_id')),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_ledger_entry_plan_id')),
    sa.ForeignKeyConstraint(['plan_line_id'], ['plan_line.id'], name=op.f('fk_ledger_entry_plan_line_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_ledger_entry_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_entry')),
    sa.UniqueConstraint('division_code', 'fiscal_year', 'number', name=op.f('uq_ledger_entry_division_code_fiscal_year_number')),
    sa.UniqueConstraint('plan_line_id', name=op.f('uq_ledger_entry_plan_line_id'))
    )
    with op.batch_alter_table('ledger_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ledger_entry_office_id_fiscal_year_month'), ['office_id', 'fiscal_year', 'month'], unique=False)
        batch_op.create_index(batch_op.f('ix_ledger_entry_plan_id'), ['plan_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ledger_entry_unit_id_fiscal_year_month'), ['unit_id', 'fiscal_year', 'month'], unique=False)

    op.create_table('opinion',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('plan_line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('verdict', sa.Enum('agree', 'cut', 'return', name='verdict', native_enum=False, length=32), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint("verdict = 'agree' OR reason <> ''", name=op.f('ck_opinion_reason_given')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_opinion_person_id')),
    sa.ForeignKeyConstraint(['plan_line_id'], ['plan_line.id'], name=op.f('fk_opinion_plan_line_id')),
    sa.ForeignKeyConstraint(['task_id'], ['review_task.id'], name=op.f('fk_opinion_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_opinion')),
    sa.UniqueConstraint('task_id', 'plan_line_id', name=op.f('uq_opinion_task_id_plan_line_id'))
    )
    with op.batch_alter_table('opinion', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_opinion_plan_line_id'), ['plan_line_id'], unique=False)

    op.create_table('paper_page',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('paper_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('blob_digest', sa.String(length=64), nullable=False),
    sa.Column('width', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('height', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['blob_digest'], ['blob.digest'], name=op.f('fk_paper_page_blob_digest')),
    sa.ForeignKeyConstraint(['paper_id'], ['paper.id'], name=op.f('fk_paper_page_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_paper_page')),
    sa.UniqueConstraint('paper_id', 'number', name=op.f('uq_paper_page_paper_id_number'))
    )
    op.create_table('posting',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.Identity(always=False), nullable=False),
    sa.Column('allotment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.Enum('grant', 'hold', 'release', 'post', 'reverse', name='postingkind', native_enum=False, length=32), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('plan_line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint("kind = 'grant' OR amount > 0", name=op.f('ck_posting_positive')),
    sa.ForeignKeyConstraint(['allotment_id'], ['allotment.id'], name=op.f('fk_posting_allotment_id')),
    sa.ForeignKeyConstraint(['plan_line_id'], ['plan_line.id'], name=op.f('fk_posting_plan_line_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_posting'))
    )
    with op.batch_alter_table('posting', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_posting_allotment_id'), ['allotment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_posting_plan_line_id'), ['plan_line_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('posting', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_posting_plan_line_id'))
        batch_op.drop_index(batch_op.f('ix_posting_allotment_id'))

    op.drop_table('posting')
    op.drop_table('paper_page')
    with op.batch_alter_table('opinion', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_opinion_plan_line_id'))

    op.drop_table('opinion')
    with op.batch_alter_table('ledger_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ledger_entry_unit_id_fiscal_year_month'))
        batch_op.drop_index(batch_op.f('ix_ledger_entry_plan_id'))
        batch_op.drop_index(batch_op.f('ix_ledger_entry_office_id_fiscal_year_month'))

    op.drop_table('ledger_entry')
    with op.batch_alter_table('draw', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_draw_plan_line_id'))

    op.drop_table('draw')
    with op.batch_alter_table('review_task', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_review_task_state_role_unit_id_office_id'))
        batch_op.drop_index(batch_op.f('ix_review_task_plan_id'))
        batch_op.drop_index(batch_op.f('ix_review_task_closed_by_state'))

    op.drop_table('review_task')
    op.drop_table('plan_revision')
    with op.batch_alter_table('plan_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_plan_line_plan_id_position'))
        batch_op.drop_index(batch_op.f('ix_plan_line_allotment_id'))

    op.drop_table('plan_line')
    op.drop_table('plan_editor')
    with op.batch_alter_table('paper', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_paper_unit_id_created_at'))
        batch_op.drop_index(batch_op.f('ix_paper_plan_id'))
        batch_op.drop_index(batch_op.f('ix_paper_blob_digest'))

    op.drop_table('paper')
    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_decision_person_id'))

    op.drop_table('decision')
    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_post_role_unit_id_office_id'))
        batch_op.drop_index(batch_op.f('ix_post_person_id'))

    op.drop_table('post')
    with op.batch_alter_table('plan', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_plan_unit_id_fiscal_year_month'))
        batch_op.drop_index(batch_op.f('ix_plan_division_code_fiscal_year_month_state'))

    op.drop_table('plan')
    with op.batch_alter_table('allotment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_allotment_unit_id_fiscal_year'))
        batch_op.drop_index(batch_op.f('ix_allotment_office_id_fiscal_year'))

    op.drop_table('allotment')
    op.drop_table('unit')
    with op.batch_alter_table('login_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_login_session_person_id'))

    op.drop_table('login_session')
    op.drop_table('chain_step')
    with op.batch_alter_table('voucher_requirement', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_voucher_requirement_division_code_fiscal_year'))

    op.drop_table('voucher_requirement')
    op.drop_table('person')
    op.drop_table('office')
    op.drop_table('number_head')
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_notice_person_id_read_at'))

    op.drop_table('notice')
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_job_subject'))
        batch_op.drop_index(batch_op.f('ix_job_state_run_after'))

    op.drop_table('job')
    with op.batch_alter_table('history', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_history_subject_kind_subject_id'))
        batch_op.drop_index(batch_op.f('ix_history_at'))

    op.drop_table('history')
    op.drop_table('filing_window')
    op.drop_table('economic_mapping')
    op.drop_table('code_entry')
    op.drop_table('chain')
    op.drop_table('blob')
