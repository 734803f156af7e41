import type { Orm } from './orm.js';

// Partitions of market_data come and go with the data, and the migrator's own table does not belong
// to the schema.
const OURS = `n.nspname = current_schema() and not c.relispartition and c.relname <> 'mikro_orm_migrations'`;

const QUERIES = [
  `select pg_get_functiondef(p.oid) || ';' as sql from pg_proc p join pg_namespace n on n.oid = p.pronamespace
   where n.nspname = current_schema() and p.prolang = (select oid from pg_language where lanname = 'plpgsql')
   order by p.proname collate "C"`,
  `select format(E'create table %I (\\n%s\\n)%s;', c.relname,
     (select string_agg(format('  %I %s%s', a.attname,
          case when pg_get_expr(d.adbin, d.adrelid) like 'nextval(%' then 'serial'
            else format_type(a.atttypid, a.atttypmod) || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') end,
          case when a.attnotnull then ' not null' else '' end), E',\\n' order by a.attnum)
      from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
     case when c.relkind = 'p' then ' partition by ' || pg_get_partkeydef(c.oid) else '' end) as sql
   from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p') and ${OURS} order by c.relname collate "C"`,
  `select format('alter table %I add constraint %I %s;', c.relname, k.conname, pg_get_constraintdef(k.oid)) as sql
   from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
   where k.contype in ('p', 'u', 'c', 'f') and ${OURS}
   order by k.contype = 'f', c.relname collate "C", k.conname collate "C"`,
  `select replace(pg_get_indexdef(i.indexrelid), current_schema() || '.', '') || ';' as sql
   from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
   where not exists (select from pg_constraint k where k.conindid = i.indexrelid) and ${OURS}
   order by i.indexrelid::regclass::text collate "C"`,
  `select replace(pg_get_triggerdef(t.oid), current_schema() || '.', '') || ';' as sql
   from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
   where not t.tgisinternal and ${OURS} order by t.tgname collate "C"`,
];

/**
 * The schema according to the database's catalogue, as SQL that creates it. The same schema gives
 * the same text.
 */
export const dumpSchema = (orm: Orm): Promise<string> =>
  orm.em.fork().transactional(async em => {
    const parts: string[] = [];
    for (const query of QUERIES)
      for (const { sql } of await em.execute<{ sql: string }[]>(query))
        parts.push(sql.replace(/^CREATE OR REPLACE FUNCTION \w+\./, 'CREATE OR REPLACE FUNCTION ').trim());
    return `-- Written by scripts/schema.mjs from a migrated database: the migrations are what counts.\nset check_function_bodies = off;\n\n${parts.join('\n\n')}\n`;
  });
