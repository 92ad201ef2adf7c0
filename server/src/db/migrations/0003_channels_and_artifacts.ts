import type { Kysely } from 'kysely'
import { bytes, count, instant, json, key, required, text } from '../columns.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('channels')
    .addColumn('id', text, key)
    .addColumn('name', text, (column) => column.notNull().unique())
    .addColumn('description', text, required)
    .addColumn('privacy', text, required) // public | authenticated | private
    .addColumn('owner_id', text, required)
    .addColumn('revision', count, required) // the pointer: the one thing of a channel that moves
    .addColumn('rendered_revision', count, required) // the newest whose monolithic files are all made
    .addColumn('created_at', instant, required)
    .addColumn('updated_at', instant, required)
    .execute()

  // The bytes, once for all channels.
  await db.schema
    .createTable('artifacts')
    .addColumn('sha256', text, key)
    .addColumn('md5', text, required)
    .addColumn('size', bytes, required)
    .addColumn('inspection', json, required)
    .addColumn('first_seen_at', instant, required)
    .execute()

  // What a channel has. The record's JSON is in the shard; here is what is searched or decided on.
  await db.schema
    .createTable('channel_files')
    .addColumn('id', text, key)
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('subdir', text, required)
    .addColumn('filename', text, required)
    .addColumn('sha256', text, (column) => column.notNull().references('artifacts.sha256'))
    .addColumn('state', text, required) // present | removed; a removed filename stays bound to its bytes
    .addColumn('name', text, required)
    .addColumn('version', text, required)
    .addColumn('build', text, required)
    .addColumn('build_number', count, required)
    .addColumn('size', bytes, required)
    .addColumn('licence', text)
    .addColumn('licence_family', text)
    .addColumn('built_at', instant)
    .addColumn('noarch', text) // python | generic
    .addColumn('record_sha256', text, required)
    .addColumn('verified_by', text, required) // sha256 | md5 | upload
    .addColumn('origin_kind', text, required) // mirror | upload
    .addColumn('origin_id', text, required)
    .addColumn('origin_name', text, required) // as the mirror or the person was called then
    .addColumn('effect', text) // null until the name was published once
    .addColumn('decision', json)
    .addColumn('added_at', instant, required)
    .addColumn('updated_at', instant, required)
    .execute()
  await db.schema
    .createIndex('channel_files_by_path')
    .on('channel_files')
    .columns(['channel_id', 'subdir', 'filename'])
    .unique()
    .execute()
  await db.schema
    .createIndex('channel_files_by_name')
    .on('channel_files')
    .columns(['channel_id', 'name', 'version'])
    .execute()
  await db.schema
    .createIndex('channel_files_by_package')
    .on('channel_files')
    .columns(['name', 'version'])
    .execute()
  await db.schema.createIndex('channel_files_by_bytes').on('channel_files').column('sha256').execute()

  // Changes to contents that no revision holds yet, one for each path: the record travels here from intake
  // to its shard. The id changes with every change, so that a publish takes away only what it put in.
  await db.schema
    .createTable('channel_changes')
    .addColumn('id', text, key)
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('subdir', text, required)
    .addColumn('name', text, required)
    .addColumn('filename', text, required)
    .addColumn('record', json) // null takes the file out
    .execute()
  await db.schema
    .createIndex('channel_changes_by_path')
    .on('channel_changes')
    .columns(['channel_id', 'subdir', 'filename'])
    .unique()
    .execute()
  await db.schema
    .createIndex('channel_changes_by_name')
    .on('channel_changes')
    .columns(['channel_id', 'name'])
    .execute()

  await db.schema
    .createTable('stale_names')
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('name', text, required)
    .addColumn('mark', text, required) // changes with every marking, so that a publish clears only what it saw
    .addColumn('cause', json, required)
    .addPrimaryKeyConstraint('stale_names_key', ['channel_id', 'name'])
    .execute()

  await db.schema
    .createTable('revisions')
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('number', count, required)
    .addColumn('created_at', instant, required)
    .addColumn('causes', json, required)
    .addPrimaryKeyConstraint('revisions_key', ['channel_id', 'number'])
    .execute()

  await db.schema
    .createTable('revision_subdirs')
    .addColumn('channel_id', text, required)
    .addColumn('number', count, required)
    .addColumn('subdir', text, required)
    .addColumn('contents_sha256', text, required) // index of the shards of everything
    .addColumn('served_sha256', text, required) // index of the shards of what the decisions let through
    .addColumn('contents_count', count, required)
    .addColumn('served_count', count, required)
    .addPrimaryKeyConstraint('revision_subdirs_key', ['channel_id', 'number', 'subdir'])
    .addForeignKeyConstraint(
      'revision_subdirs_revision',
      ['channel_id', 'number'],
      'revisions',
      ['channel_id', 'number'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .execute()

  // Files made from the served shards after the revision: repodata.json and its kin.
  await db.schema
    .createTable('revision_files')
    .addColumn('channel_id', text, required)
    .addColumn('number', count, required)
    .addColumn('subdir', text, required)
    .addColumn('filename', text, required)
    .addColumn('sha256', text, required)
    .addColumn('size', bytes, required)
    .addPrimaryKeyConstraint('revision_files_key', ['channel_id', 'number', 'subdir', 'filename'])
    .addForeignKeyConstraint(
      'revision_files_revision',
      ['channel_id', 'number'],
      'revisions',
      ['channel_id', 'number'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .execute()

  // Which shards a channel has served: the right to a shard is the channel's, never the digest's alone.
  await db.schema
    .createTable('served_shards')
    .addColumn('channel_id', text, (column) => column.notNull().references('channels.id').onDelete('cascade'))
    .addColumn('subdir', text, required)
    .addColumn('sha256', text, required)
    .addColumn('served_since', instant, required)
    .addPrimaryKeyConstraint('served_shards_key', ['channel_id', 'subdir', 'sha256'])
    .execute()
}
