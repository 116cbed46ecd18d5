import type { CreateTableBuilder, Kysely } from 'kysely'
import { clustered } from '../portable.ts'

/** The first schema. Text ids and instants, integers, no booleans; what a view sorts by at length has an index that ends in `id`. */
export const inventory = {
  number: 1,
  name: 'inventory',
  up: async (db: Kysely<never>) => {
    await table(db, 'inbox', 'report at')
      .addPrimaryKeyConstraint('inbox_pk', ['report'] as never)
      .$call(clustered)
      .execute()
    await index(db, 'inbox', 'at')

    await table(
      db,
      'host',
      'id name signals host_key? machine_id? os? addresses targets evidence contradictions# accounts# privileged# unknown_privilege# keys# kind first_seen',
    )
      .addPrimaryKeyConstraint('host_pk', ['id'] as never)
      .$call(clustered)
      .execute()
    await index(db, 'host', 'name', 'id')
    await ofHost(
      table(db, 'host_look', 'host_id last_seen last_complete? outcome reason? sighting? sighting_until?'),
      'host_look',
    )
      .addPrimaryKeyConstraint('host_look_pk', ['host_id'] as never)
      .$call(clustered)
      .execute()
    await ofHost(table(db, 'host_signal', 'kind value host_id'), 'host_signal')
      .addPrimaryKeyConstraint('host_signal_pk', ['kind', 'value', 'host_id'] as never)
      .$call(clustered)
      .execute()
    await index(db, 'host_signal', 'host_id')
    await ofHost(table(db, 'host_target', 'target host_id first_seen last_seen'), 'host_target')
      .addPrimaryKeyConstraint('host_target_pk', ['target', 'host_id'] as never)
      .$call(clustered)
      .execute()
    await index(db, 'host_target', 'host_id')
    await table(db, 'target', 'target since host_id? last_look? outcome? reason?')
      .addPrimaryKeyConstraint('target_pk', ['target'] as never)
      .$call(clustered)
      .execute()

    await ofHost(
      table(
        db,
        'scope',
        'host_id probe id status reason? detail? path? reasons privilege strongest seen_as? seen_as_at? digest? findings# kept# first_look last_look? last_complete?',
      ),
      'scope',
    )
      .addPrimaryKeyConstraint('scope_pk', ['host_id', 'probe'] as never)
      .$call(clustered)
      .execute()
    await index(db, 'scope', 'status', 'reason', 'id')

    await table(db, 'finding_page', 'host_id probe page# body')
      .addPrimaryKeyConstraint('finding_page_pk', ['host_id', 'probe', 'page'] as never)
      .$call(clustered)
      .execute()
    await table(db, 'history', 'id at host_id host probe type kind account? thing before? after?')
      .addPrimaryKeyConstraint('history_pk', ['id'] as never)
      .$call(clustered)
      .execute()
    await index(db, 'history', 'at', 'id')
    await index(db, 'history', 'host_id', 'at', 'id')

    await table(
      db,
      'account',
      'id host_id host probe account uid# gid# description? source domain? privileged privileged_by root_needs? reasons login_allowed password? password_digest? hash_scheme? hash_strength? password_weaknesses password_changed? account_expires? last_login? last_login_from? last_key_login? directory_sid? directory_object? directory_name? groups keys#? services# shared_uid# shell home state completeness first_seen last_seen? gone_since? detail',
    )
      .addPrimaryKeyConstraint('account_pk', ['id'] as never)
      .$call(clustered)
      .execute()
    for (const column of ['account', 'host']) await index(db, 'account', column, 'id')
    // Counts of the accounts that are there, by privilege, need nothing but this.
    await index(db, 'account', 'privileged', 'gone_since', 'id')
    await indexOfKnown(db, 'account', 'last_login', 'id')
    await indexOfKnown(db, 'account', 'password_digest', 'id')
    for (const column of ['directory_sid', 'directory_object', 'directory_name'])
      await indexOfKnown(db, 'account', column, 'id')
    await table(db, 'password_count', 'digest places#')
      .addPrimaryKeyConstraint('password_count_pk', ['digest'] as never)
      .$call(clustered)
      .execute()

    await table(
      db,
      'key_place',
      'id host_id host probe account? fingerprint? algorithm bits#? role strength? opens_root options restricted_from? forced_command? concerns ineffective? format? passphrase? hosts comment? path line#? file_modified? file_mode? file_owner#? state first_seen last_seen? gone_since?',
    )
      .addPrimaryKeyConstraint('key_place_pk', ['id'] as never)
      .$call(clustered)
      .execute()
    for (const column of ['fingerprint', 'host']) await index(db, 'key_place', column, 'id')
    await table(db, 'key_count', 'fingerprint opens# roots# private# host# known#')
      .addPrimaryKeyConstraint('key_count_pk', ['fingerprint'] as never)
      .$call(clustered)
      .execute()
    await table(db, 'key_use', 'host_id account fingerprint last_used last_used_from?')
      .addPrimaryKeyConstraint('key_use_pk', ['host_id', 'account', 'fingerprint'] as never)
      .$call(clustered)
      .execute()

    await table(
      db,
      'grant_rule',
      'id host_id host probe mechanism grantees run_as commands password_required tags here path line#? first_seen last_seen? gone_since?',
    )
      .addPrimaryKeyConstraint('grant_rule_pk', ['id'] as never)
      .$call(clustered)
      .execute()
    await index(db, 'grant_rule', 'host', 'id')

    await table(
      db,
      'service',
      'id host_id host probe account account_id consumer name? program? schedule? enabled? listens needs path line#? first_seen last_seen? gone_since?',
    )
      .addPrimaryKeyConstraint('service_pk', ['id'] as never)
      .$call(clustered)
      .execute()
    await index(db, 'service', 'host', 'id')
    await table(
      db,
      'service_account',
      'id host_id host probe service instance? name scope? login superuser password scheme? strength? expires? privileges member_of path line#? first_seen last_seen? gone_since?',
    )
      .addPrimaryKeyConstraint('service_account_pk', ['id'] as never)
      .$call(clustered)
      .execute()
    await index(db, 'service_account', 'host', 'id')
    await table(
      db,
      'file_place',
      'id host_id host probe role type path owner_uid# owner? group_gid# group? mode open_to gives_root? program? capabilities? ordinary? modified? account? account_id? because? named_by? named_by_line#? first_seen last_seen? gone_since?',
    )
      .addPrimaryKeyConstraint('file_place_pk', ['id'] as never)
      .$call(clustered)
      .execute()
    await index(db, 'file_place', 'host', 'id')
    await table(
      db,
      'stored_credential',
      'id host_id host probe rank# severity secret value in_force detector evidence confidence name? account? system? service? reference? scheme? weaknesses length? digest? program? runs_as? path line#? end_line#? file_modified? file_mode? file_owner#? state exception? excepted_until? first_seen last_seen? gone_since?',
    )
      .addPrimaryKeyConstraint('stored_credential_pk', ['id'] as never)
      .$call(clustered)
      .execute()
    for (const column of ['rank', 'host']) await index(db, 'stored_credential', column, 'id')
    for (const column of ['digest', 'exception']) await indexOfKnown(db, 'stored_credential', column, 'id')
    await table(db, 'secret_count', 'digest places#')
      .addPrimaryKeyConstraint('secret_count_pk', ['digest'] as never)
      .$call(clustered)
      .execute()
    await table(db, 'exception', 'id match reason expires? added_at added_by settled_to? taken_back_at?')
      .addPrimaryKeyConstraint('exception_pk', ['id'] as never)
      .execute()

    await ofHost(
      table(
        db,
        'directory',
        'host_id make suffix domain? flat_name? server? version? identity? signals users# computers# managed_services# groups# critical# high# medium# low# info# outside unknown_because',
      ),
      'directory',
    )
      .addPrimaryKeyConstraint('directory_pk', ['host_id'] as never)
      .$call(clustered)
      .execute()
    await table(
      db,
      'directory_account',
      'id host_id host probe object name login type sid? display_name? privileged tier#? privileged_by path? unknown_because states service service_signs spns principals encryption delegates_to sid_history password_scheme? password_strength? password_digest? password_changed? password_expires? password_policy? last_login? last_login_lag#? created? expires? bound_keys#? uid#? mapped_uid#? gid#? home? shell? primary_group#? dns_name? os? os_version? local_admin_password? mail? employee_id? department? company? job_title? manager? owner? dn state first_seen last_seen? gone_since? detail',
    )
      .addPrimaryKeyConstraint('directory_account_pk', ['id'] as never)
      .$call(clustered)
      .execute()
    await table(
      db,
      'directory_group',
      'id host_id host probe object name type sid? gid#? scope? security well_known? tier#? privileged privileged_by path? unknown_because states members#? owner? dynamic? dn first_seen last_seen? gone_since? detail',
    )
      .addPrimaryKeyConstraint('directory_group_pk', ['id'] as never)
      .$call(clustered)
      .execute()
    await table(
      db,
      'directory_member',
      'id host_id host probe object group_id group member member_id? member_name? member_sid? member_type? via dn first_seen last_seen? gone_since?',
    )
      .addPrimaryKeyConstraint('directory_member_pk', ['id'] as never)
      .$call(clustered)
      .execute()
    await table(
      db,
      'directory_right',
      'id host_id host probe object object_id object_name object_type right trustee trustee_id? trustee_name? trustee_type? below applies#? inherited_from? conditional ordinary evidence dn first_seen last_seen? gone_since?',
    )
      .addPrimaryKeyConstraint('directory_right_pk', ['id'] as never)
      .$call(clustered)
      .execute()
    await table(
      db,
      'directory_weakness',
      'id host_id host probe object object_id object_name object_type weakness severity rank# meaning evidence dn first_seen last_seen? gone_since?',
    )
      .addPrimaryKeyConstraint('directory_weakness_pk', ['id'] as never)
      .$call(clustered)
      .execute()
    for (const column of ['name', 'host']) await index(db, 'directory_account', column, 'id')
    await index(db, 'directory_account', 'privileged', 'gone_since', 'id')
    // By these, accounts of hosts are told to be accounts of directories.
    for (const column of ['sid', 'uid', 'mapped_uid']) await indexOfKnown(db, 'directory_account', column, 'id')
    await index(db, 'directory_account', 'object', 'id')
    await index(db, 'directory_group', 'name', 'id')
    await index(db, 'directory_member', 'group', 'id')
    await index(db, 'directory_member', 'group_id', 'id')
    await indexOfKnown(db, 'directory_member', 'member_id', 'id')
    await index(db, 'directory_right', 'object_id', 'id')
    await indexOfKnown(db, 'directory_right', 'trustee_id', 'id')
    await index(db, 'directory_weakness', 'object_id', 'id')
    await index(db, 'directory_weakness', 'rank', 'id')
    await table(db, 'report_part', 'report probe share# part# agent target at findings# body')
      .addPrimaryKeyConstraint('report_part_pk', ['report', 'probe', 'share', 'part'] as never)
      .execute()

    await table(db, 'scan', 'id trigger started_by? target_sets state started_at finished_at? swept# silent#')
      .addPrimaryKeyConstraint('scan_pk', ['id'] as never)
      .execute()
    await index(db, 'scan', 'started_at', 'id')
    await table(
      db,
      'scan_target',
      'scan_id target id rank# state outcome? reason? detail? host_id? host? started_at? finished_at?',
    )
      .addPrimaryKeyConstraint('scan_target_pk', ['scan_id', 'target'] as never)
      .addForeignKeyConstraint('scan_target_scan', ['scan_id'] as never, 'scan', ['id'] as never, (key) =>
        key.onDelete('cascade'),
      )
      .$call(clustered)
      .execute()
    await index(db, 'scan_target', 'scan_id', 'rank', 'target')
    await index(db, 'scan_target', 'finished_at', 'id')

    await table(db, 'target_set', 'id name include exclude added_at added_by')
      .addPrimaryKeyConstraint('target_set_pk', ['id'] as never)
      .execute()
    await table(db, 'person', 'name password_hash added_at')
      .addPrimaryKeyConstraint('person_pk', ['name'] as never)
      .execute()
    await table(db, 'session', 'hash person expires_at')
      .addPrimaryKeyConstraint('session_pk', ['hash'] as never)
      .addForeignKeyConstraint('session_person', ['person'] as never, 'person', ['name'] as never, (key) =>
        key.onDelete('cascade'),
      )
      .execute()
    await table(db, 'token', 'id name hash created_at created_by last_used_at?')
      .addPrimaryKeyConstraint('token_pk', ['id'] as never)
      .addUniqueConstraint('token_hash', ['hash'] as never)
      .execute()
    await table(db, 'audit', 'id at actor action object detail?')
      .addPrimaryKeyConstraint('audit_pk', ['id'] as never)
      .execute()
  },
} as const

type Table = CreateTableBuilder<string, string>

/** A table of text columns; `#` marks an integer, `?` one that may be null. */
const table = (db: Kysely<never>, name: string, columns: string): Table =>
  columns
    .split(' ')
    .reduce<Table>(
      (builder, column) =>
        builder.addColumn(column.replaceAll(/[#?]/g, ''), column.includes('#') ? 'integer' : 'text', (definition) =>
          column.includes('?') ? definition : definition.notNull(),
        ),
      db.schema.createTable(name) as Table,
    )

const ofHost = (builder: Table, name: string): Table =>
  builder.addForeignKeyConstraint(`${name}_host`, ['host_id'] as never, 'host', ['id'] as never, (key) =>
    key.onDelete('cascade'),
  )

const index = (db: Kysely<never>, table: string, ...columns: string[]) =>
  db.schema
    .createIndex(`${table}_by_${columns.join('_and_')}`)
    .on(table)
    .columns(columns)
    .execute()

/** Leaves out rows in which the first column is null: a view asks for those apart. */
const indexOfKnown = (db: Kysely<never>, table: string, ...columns: string[]) =>
  db.schema
    .createIndex(`${table}_by_${columns.join('_and_')}`)
    .on(table)
    .columns(columns)
    .where(columns[0] as never, 'is not', null)
    .execute()
