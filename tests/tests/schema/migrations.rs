//! Migrations and statements.

use crate::gives;

#[test]
fn versions_are_replayed_in_numerical_order() {
    gives(
        &[
            ("db/V10__drop.sql", "DROP INDEX users_mail;"),
            ("db/V2__index.sql", "CREATE INDEX users_mail ON users (mail); CREATE INDEX users_name ON users (name);"),
            ("db/V1__users.sql", "CREATE TABLE users (id int PRIMARY KEY, mail text, name text);"),
        ],
        "table users
         column id int not null
         column mail text
         column name text
         index primary [id]
         index plain [name]",
    );
}

#[test]
fn folders_of_migrations_are_one_history() {
    gives(
        &[
            ("m/2020_b/up.sql", "ALTER TABLE a ADD COLUMN b int; CREATE INDEX ON a (b);"),
            ("m/2020_b/down.sql", "DROP TABLE a;"),
            ("m/2019_a/up.sql", "CREATE TABLE a (id int);"),
            ("m/2021_c/up.sql", "DROP INDEX CONCURRENTLY IF EXISTS a_b_idx;"),
        ],
        "table a\ncolumn id int\ncolumn b int",
    );
}

#[test]
fn sections_of_the_way_back_are_left_out() {
    gives(
        &[("m/1.sql", "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE a;")],
        "table a\ncolumn id int",
    );
}

#[test]
fn statements_in_code_make_tables() {
    gives(
        &[(
            "app.py",
            "import sqlite3\nSCHEMA = '''CREATE TABLE IF NOT EXISTS a (id INTEGER PRIMARY KEY, b TEXT);\nCREATE INDEX i ON a (b);'''\n\
             def init(db):\n    db.executescript(SCHEMA)\n    db.execute('CREATE TABLE c (d TEXT UNIQUE)')\n",
        )],
        "table a
         column id integer not null
         column b text
         index primary [id]
         index plain [b]
         table c
         column d text
         index unique [d]",
    );
}

#[test]
fn alembic_follows_its_revisions() {
    let head = "import sqlalchemy as sa\nfrom alembic import op\n";
    let first = format!(
        "{head}revision = 'b1'\ndown_revision = None\ndef upgrade():\n    op.create_table('users',\n        sa.Column('id', sa.Integer(), nullable=False),\n        \
         sa.Column('org_id', sa.Integer(), sa.ForeignKey('orgs.id', ondelete='CASCADE')),\n        sa.PrimaryKeyConstraint('id'))\n    \
         op.create_index(op.f('ix_users_org_id'), 'users', ['org_id'], unique=False)\ndef downgrade():\n    op.drop_table('users')\n"
    );
    let second = format!(
        "{head}revision = 'a2'\ndown_revision = 'b1'\ndef upgrade():\n    with op.batch_alter_table('users') as batch_op:\n        \
         batch_op.add_column(sa.Column('mail', sa.String(20)))\n        batch_op.create_index('ix_mail', ['mail'], unique=True)\n    \
         op.drop_index('ix_users_org_id', table_name='users')\n    op.execute('CREATE INDEX lower_mail ON users (lower(mail))')\n    \
         for table in ['x', 'y']:\n        op.create_table(table, sa.Column('id', sa.Integer(), primary_key=True))\n"
    );
    gives(
        &[("alembic/versions/a2_x.py", &second), ("alembic/versions/b1_x.py", &first)],
        "table users
         column id integer not null
         column org_id integer -> orgs
         column mail string
         index primary [id]
         index unique [mail]
         index plain [lower(mail)]
         foreign key org_id -> orgs
         table x
         column id integer not null
         index primary [id]
         table y
         column id integer not null
         index primary [id]",
    );
}

#[test]
fn knex_builds_tables() {
    gives(
        &[(
            "migrations/1_users.js",
            "exports.up = async (knex) => {\n  await knex.schema.createTable('users', (t) => {\n    t.increments('id').primary();\n    \
             t.string('userName').notNullable().unique();\n    t.integer('orgId').references('id').inTable('orgs').onDelete('CASCADE').index();\n    \
             t.timestamps(true, true);\n  });\n  await knex.schema.alterTable('users', (t) => {\n    t.dropUnique(['userName']);\n    t.index(['orgId', 'userName'], 'both');\n  });\n};\n\
             exports.down = (knex) => knex.schema.dropTable('users');",
        )],
        "table users
         column id increments not null
         column username string not null
         column orgid integer -> orgs
         column created_at timestamp
         column updated_at timestamp
         index primary [id]
         index plain [orgid]
         index plain [orgid] [username]
         foreign key orgid -> orgs",
    );
}

#[test]
fn sequelize_migrates_by_records() {
    gives(
        &[(
            "migrations/1-users.js",
            "module.exports = {\n  async up(queryInterface, Sequelize) {\n    await queryInterface.createTable('users', {\n      \
             id: { type: Sequelize.INTEGER, primaryKey: true },\n      teamId: { type: Sequelize.UUID, allowNull: false, references: { model: 'teams', key: 'id' }, onDelete: 'CASCADE' },\n    });\n    \
             await queryInterface.addIndex('users', ['teamId']);\n    await queryInterface.addIndex('users', { fields: ['teamId', 'id'], unique: true, where: { teamId: null } });\n    \
             await queryInterface.removeIndex('users', ['teamId']);\n  },\n  async down(queryInterface) { await queryInterface.dropTable('users'); },\n};",
        )],
        "table users
         column id integer not null
         column teamid uuid not null -> teams
         index primary [id]
         index unique [teamid] [id] where teamid is null
         foreign key teamid -> teams",
    );
}

#[test]
fn typeorm_migrates_in_sql_and_by_tables() {
    gives(
        &[(
            "migration/1.ts",
            "import { MigrationInterface, QueryRunner, Table, TableIndex } from 'typeorm';\nexport class A1 implements MigrationInterface {\n  \
             public async up(queryRunner: QueryRunner): Promise<void> {\n    await queryRunner.query(`CREATE TABLE \"a\" (\"id\" integer PRIMARY KEY)`);\n    \
             await queryRunner.createTable(new Table({ name: 'b', columns: [{ name: 'id', type: 'int', isPrimary: true }, { name: 'aId', type: 'int', isNullable: true }], \
             foreignKeys: [{ columnNames: ['aId'], referencedTableName: 'a', referencedColumnNames: ['id'] }] }), true);\n    \
             await queryRunner.createIndex('b', new TableIndex({ name: 'i', columnNames: ['aId'] }));\n  }\n  \
             public async down(queryRunner: QueryRunner): Promise<void> { await queryRunner.query('DROP TABLE \"a\"'); }\n}",
        )],
        "table a
         column id integer not null
         index primary [id]
         table b
         column id int not null
         column aid int -> a
         index primary [id]
         index plain [aid]
         foreign key aid -> a",
    );
}

#[test]
fn kysely_chains() {
    gives(
        &[(
            "migrations/1.ts",
            "export async function up(db) {\n  await db.schema.createTable('a').addColumn('id', 'serial', (c) => c.primaryKey()).addColumn('b_id', 'integer', (c) => c.references('b.id').onDelete('cascade').notNull()).execute();\n  \
             await db.schema.createIndex('i').on('a').column('b_id').execute();\n}\nexport async function down(db) { await db.schema.dropTable('a').execute(); }",
        )],
        "table a
         column id serial not null
         column b_id integer not null -> b
         index primary [id]
         index plain [b_id]
         foreign key b_id -> b",
    );
}
