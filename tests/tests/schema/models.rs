//! Models in other languages.

use crate::gives;

#[test]
fn prisma_models_and_their_migrations() {
    let schema = "datasource db { provider = \"postgresql\" }\nmodel User {\n  id Int @id\n  mail String @unique @map(\"e_mail\")\n  posts Post[]\n  @@map(\"users\")\n}\n\
                  model Post {\n  id Int @id\n  authorId Int\n  author User @relation(fields: [authorId], references: [id])\n  tags Tag[]\n  @@index([authorId, id(sort: Desc)])\n}\n\
                  model Tag {\n  id Int @id\n  posts Post[]\n}\n";
    let migration = "CREATE TABLE \"users\" (\"id\" INTEGER NOT NULL, \"e_mail\" TEXT NOT NULL, CONSTRAINT \"users_pkey\" PRIMARY KEY (\"id\"));";
    gives(
        &[("prisma/schema.prisma", schema), ("prisma/migrations/2_a/migration.sql", migration)],
        "table _posttotag
         column a  not null -> post
         column b  not null -> tag
         index primary [a] [b]
         index plain [b]
         foreign key a -> post
         foreign key b -> tag
         table post
         column id int not null
         column authorid int not null -> users
         index primary [id]
         index plain [authorid] [id] desc
         foreign key authorid -> users
         table tag
         column id int not null
         index primary [id]
         table users
         column id integer not null
         column e_mail text not null
         index primary [id]",
    );
}

#[test]
fn drizzle_tables() {
    gives(
        &[(
            "schema.ts",
            "import { sql } from 'drizzle-orm';\nimport { index, pgTable, pgTableCreator, primaryKey, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';\n\
             const stamps = { createdAt: timestamp('created_at').notNull() };\n\
             export const users = pgTable('users', { id: uuid('id').primaryKey(), mail: text('e_mail').unique(), ...stamps }, (t) => [index('newest').on(t.createdAt.desc()), uniqueIndex('low').on(sql`lower(${t.mail})`).where(sql`${t.mail} is not null`)]);\n\
             const make = pgTableCreator((name) => `app_${name}`);\n\
             export const pairs = make('pairs', { userId: uuid('user_id').references(() => users.id, { onDelete: 'cascade' }), other: uuid() }, (t) => ({ pk: primaryKey({ columns: [t.userId, t.other] }) }));\n",
        )],
        "table app_pairs
         column user_id uuid not null -> users
         column other uuid not null
         index primary [user_id] [other]
         foreign key user_id -> users
         table users
         column id uuid not null
         column e_mail text
         column created_at timestamp not null
         index primary [id]
         index unique [e_mail]
         index plain [created_at] desc nulls last
         index unique [lower(e_mail)] where e_mail is not null",
    );
}

#[test]
fn mikro_orm_entities() {
    gives(
        &[(
            "author.ts",
            "import { Entity, Enum, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/core';\n\
             @Entity({ tableName: 'writers' })\nexport class Author {\n  @PrimaryKey() id!: number;\n  @Property({ unique: true }) email!: string;\n  @Property({ fieldName: 'full', index: true }) fullName!: string;\n}\n\
             @Entity()\n@Index({ properties: ['author', 'publishedAt'] })\nexport class BookCopy {\n  @PrimaryKey({ type: 'uuid' }) id!: string;\n  @ManyToOne(() => Author) author!: Author;\n  @Property({ nullable: true }) publishedAt?: Date;\n  @Unique() @Property() isbn!: string;\n}\n",
        )],
        "table book_copy
         column id uuid not null
         column author_id  -> writers
         column published_at date
         column isbn string not null
         index primary [id]
         index unique [isbn]
         index plain [author_id] [published_at]
         foreign key author_id -> writers
         table writers
         column id number not null
         column email string not null
         column full string not null
         index primary [id]
         index unique [email]
         index plain [full]",
    );
}

#[test]
fn typeorm_entities() {
    gives(
        &[(
            "user.ts",
            "import { Column, Entity, Index, JoinColumn, ManyToOne, OneToMany, PrimaryGeneratedColumn, Unique } from 'typeorm';\n\
             @Entity()\nexport class TeamMate {\n  @PrimaryGeneratedColumn() id: number;\n  @OneToMany(() => User, (user) => user.mate) users: User[];\n}\n\
             @Entity('users')\n@Index(['name', 'mate'], { unique: true })\n@Unique(['name'])\nexport class User {\n  @PrimaryGeneratedColumn('uuid') id: string;\n  @Column({ unique: true }) mail: string;\n  @Index() @Column({ name: 'the_name' }) name: string;\n  \
             @ManyToOne(() => TeamMate, (mate) => mate.users, { onDelete: 'CASCADE' }) mate: TeamMate;\n  @ManyToOne(() => User) @JoinColumn({ name: 'boss' }) by: User;\n}\n",
        )],
        "table team_mate
         column id number not null
         index primary [id]
         table users
         column id uuid not null
         column mail string not null
         column the_name string not null
         column mateid  -> team_mate
         column boss  -> users
         index primary [id]
         index unique [mail]
         index plain [the_name]
         index unique [the_name] [mateid]
         index unique [the_name]
         foreign key mateid -> team_mate
         foreign key boss -> users",
    );
}

#[test]
fn sequelize_models() {
    gives(
        &[(
            "models.js",
            "const { DataTypes, Model, Sequelize } = require('sequelize');\nconst sequelize = new Sequelize('x');\n\
             const Company = sequelize.define('Company', { name: { type: DataTypes.STRING, unique: true } }, { timestamps: false });\n\
             class User extends Model {}\nUser.init({ id: { type: DataTypes.UUID, primaryKey: true }, firstName: DataTypes.STRING }, { sequelize, underscored: true, indexes: [{ fields: ['first_name'] }] });\n\
             User.belongsTo(Company, { foreignKey: 'companyId' });\n",
        )],
        "table companies
         column name string
         column id  not null
         index unique [name]
         index primary [id]
         table users
         column id uuid not null
         column first_name string
         column created_at
         column updated_at
         column company_id  -> companies
         index primary [id]
         index plain [first_name]
         foreign key company_id -> companies",
    );
}

#[test]
fn mongoose_schemas() {
    gives(
        &[(
            "user.js",
            "const mongoose = require('mongoose');\nconst userSchema = new mongoose.Schema({ mail: { type: String, unique: true }, address: { city: { type: String, index: true } }, tags: [String] }, { timestamps: true });\n\
             userSchema.index({ tags: 1, createdAt: -1 });\nuserSchema.index({ mail: 'text' });\nmodule.exports = mongoose.model('User', userSchema);\n",
        )],
        "table users
         column mail string
         column address.city string
         column tags string
         column createdat
         column updatedat
         column _id  not null
         index unique [mail]
         index plain [address.city]
         index primary [_id]
         index plain [tags] [createdat] desc
         index plain [mail] using inverted",
    );
}

#[test]
fn sequelize_classes() {
    gives(
        &[(
            "user.ts",
            "import { BelongsTo, Column, DataType, ForeignKey, Index, Model, PrimaryKey, Table, Unique } from 'sequelize-typescript';\n\
             @Table({ tableName: 'teams', timestamps: false })\nexport class Team extends Model {\n  @Column name: string;\n}\n\
             @Table({ underscored: true, paranoid: true })\nexport class AppUser extends Model {\n  @PrimaryKey @Column(DataType.UUID) id: string;\n  @Unique @Column({ type: DataType.STRING, allowNull: false }) mail: string;\n  \
             @Index @Column firstName: string;\n  @ForeignKey(() => Team) @Column teamId: number;\n  @BelongsTo(() => Team) team: Team;\n}\n",
        )],
        "table app_users
         column id uuid not null
         column mail string not null
         column first_name
         column team_id  -> teams
         column created_at
         column updated_at
         column deleted_at
         index primary [id]
         index unique [mail]
         index plain [first_name]
         foreign key team_id -> teams
         table teams
         column name
         column id  not null
         index primary [id]",
    );
}

#[test]
fn nest_declares_documents_by_classes() {
    gives(
        &[(
            "cat.ts",
            "import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';\n\
             @Schema({ timestamps: true })\nexport class Cat {\n  @Prop({ unique: true }) name: string;\n  @Prop() age: number;\n}\n\
             export const CatSchema = SchemaFactory.createForClass(Cat);\nCatSchema.index({ age: -1 });\n",
        )],
        "table cats
         column name
         column age
         column createdat
         column updatedat
         column _id  not null
         index unique [name]
         index primary [_id]
         index plain [age] desc",
    );
}

#[test]
fn sea_orm_migrates_and_maps() {
    gives(
        &[
            (
                "m1.rs",
                "impl MigrationTrait for Migration {\n async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {\n  manager.create_table(Table::create().table(BlogPost::Table).if_not_exists()\
                 .col(ColumnDef::new(BlogPost::Id).integer().not_null().primary_key()).col(ColumnDef::new(BlogPost::AuthorId).integer().not_null())\
                 .foreign_key(ForeignKey::create().from(BlogPost::Table, BlogPost::AuthorId).to(User::Table, User::Id).on_delete(ForeignKeyAction::Cascade)).to_owned()).await?;\n  \
                 manager.create_index(Index::create().name(\"i\").table(BlogPost::Table).col(BlogPost::AuthorId).to_owned()).await\n }\n}\n\
                 #[derive(DeriveIden)]\nenum BlogPost { Table, Id, AuthorId }\n#[derive(DeriveIden)]\nenum User { Table, Id }\n",
            ),
            (
                "cake.rs",
                "#[derive(Clone, DeriveEntityModel)]\n#[sea_orm(table_name = \"cake\")]\npub struct Model { #[sea_orm(primary_key)] pub id: i32, #[sea_orm(unique)] pub name: String, pub size: Option<i32> }\n",
            ),
        ],
        "table blog_post
         column id integer not null
         column author_id integer not null -> user
         index primary [id]
         index plain [author_id]
         foreign key author_id -> user
         table cake (incomplete)
         column id i32 not null
         column name string not null
         column size i32
         index primary [id]
         index unique [name]",
    );
}
