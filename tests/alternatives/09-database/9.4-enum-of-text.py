# Exercise 9.4
import sqlalchemy as sa
from alembic import op

difficulty = sa.Enum("easy", "moderate", "hard", name="difficulty", native_enum=False, length=10)


def upgrade():
    default = sa.text("'moderate'")
    op.add_column("trail", sa.Column("difficulty", difficulty, nullable=False, server_default=default))
    op.create_table(
        "report",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        sa.Column("trail_id", sa.Integer, sa.ForeignKey("trail.id", ondelete="CASCADE"), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )


def downgrade():
    op.drop_column("trail", "difficulty")
    op.drop_table("report")
