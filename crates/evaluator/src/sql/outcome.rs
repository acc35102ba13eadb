//! What a check's result means, as the statement's last part: an outcome for each asset of each snapshot.

use assay_controls::{Comparison, Equality, Expected};

use super::Unlowered;
use super::needs::GAPS;
use super::relation::compared;
use super::select::Answers;
use super::statement::Statement;
use crate::compile::Compiled;
use crate::query::Order;

/// Several truths as one: any that is true, else any that is unknown.
const ANY: &str = "CASE WHEN count(CASE WHEN holds THEN 1 END) > 0 THEN true WHEN count(CASE WHEN holds IS NULL THEN 1 END) > 0 THEN NULL ELSE false END";

impl Statement<'_> {
    /// For each asset, whether it is in the result; assets below which there may be more are marked.
    pub(super) fn answers(&mut self, answers: &Answers) -> String {
        let found = self.found(answers);
        let open = self.all(&answers.open, "id");
        let incomplete = self.incomplete(answers);
        let (snapshots, others) = (self.snapshots(), self.not_derived());
        format!(
            "SELECT a.cluster, a.snapshot, a.id, a.holds, a.is_open
FROM (
  SELECT cluster, snapshot, id, holds, false AS is_open FROM {found}
  UNION ALL
  SELECT cluster, snapshot, id, NULL, true FROM ({open}) o
  UNION ALL
  SELECT cluster, snapshot, NULL, NULL, true FROM {incomplete}
) a
JOIN {snapshots} s ON s.cluster = a.cluster AND s.snapshot = a.snapshot
UNION ALL
SELECT cluster, snapshot, NULL, NULL, true FROM {others}"
        )
    }

    /// Each asset at a fragment once.
    fn found(&mut self, answers: &Answers) -> String {
        let sites = self.all(&answers.sites, "id, holds");
        let body = format!(
            "SELECT cluster, snapshot, id, {ANY} AS holds\nFROM (\n{sites}\n) s\nGROUP BY cluster, snapshot, id"
        );
        self.part("found", body)
    }

    /// All of some selects; none of them is no rows.
    fn all(&self, selects: &[String], columns: &str) -> String {
        if !selects.is_empty() {
            return selects.join("\nUNION ALL\n");
        }
        let nothing = columns.replace("id", "'' AS id").replace("holds", "true AS holds");
        let nothing = if nothing.is_empty() { String::new() } else { format!(", {nothing}") };
        format!("SELECT '' AS cluster, '' AS snapshot{nothing} WHERE false")
    }

    /// The outcome for each asset: control, check, cluster, snapshot, asset, outcome.
    pub(super) fn judge(&mut self, compiled: &Compiled<'_>) -> Result<String, Unlowered> {
        let outcomes = match compiled.check.unknown {
            Some(_) => self.unknowable(),
            None => self.outcomes(compiled)?,
        };
        let (control, check) = (
            self.dialect.text(compiled.control.id.as_str()),
            self.dialect.text(compiled.check.slug.as_str()),
        );
        let quoted = self.dialect.name("check");
        let (snapshots, others) = (self.snapshots(), self.not_derived());
        Ok(format!(
            "SELECT {control} AS control, {check} AS {quoted}, cluster, snapshot, id AS asset,
  CASE WHEN holds IS NULL THEN 'unknown' WHEN holds THEN 'fail' ELSE 'pass' END AS outcome
FROM (
  SELECT o.cluster, o.snapshot, o.id, o.holds FROM {outcomes} o
  JOIN {snapshots} s ON s.cluster = o.cluster AND s.snapshot = o.snapshot
  UNION ALL
  SELECT cluster, snapshot, asset, NULL FROM {others}
) a
ORDER BY cluster, snapshot, asset"
        ))
    }

    fn of_assets(&mut self, answers: &Answers, examined: &str) -> String {
        let (incomplete, snapshots) = (self.incomplete(answers), self.snapshots());
        let mut parts = vec![examined.to_owned()];
        if !answers.open.is_empty() {
            let open = self.all(&answers.open, "id");
            parts.push(format!(
                "-- Below these there may be more than could be read.\nSELECT cluster, snapshot, id, NULL FROM (\n{open}\n) o"
            ));
        }
        parts.push(format!(
            "-- There may be more assets than were listed.\nSELECT s.cluster, s.snapshot, s.asset, NULL FROM {snapshots} s\nJOIN {incomplete} i ON i.cluster = s.cluster AND i.snapshot = s.snapshot"
        ));
        let parts = parts.join("\nUNION ALL\n").replace('\n', "\n  ");
        let body = format!(
            "SELECT cluster, snapshot, id, {ANY} AS holds\nFROM (\n  {parts}\n) a\nGROUP BY cluster, snapshot, id"
        );
        self.part("outcomes", body)
    }

    fn outcomes(&mut self, compiled: &Compiled<'_>) -> Result<String, Unlowered> {
        let mut answers = self.query(&compiled.query)?;
        let found = self.found(&answers);
        let Expected::Assets { empty: true } = compiled.check.expected else {
            return Ok(self.of_cluster(&answers, &found, &compiled.check.expected));
        };
        let examined = match &compiled.population {
            Some(population) => {
                let population = self.query(population)?;
                let rows = self.found(&population);
                answers.roots.extend(population.roots);
                answers.elsewhere.extend(population.elsewhere);
                format!(
                    "SELECT cluster, snapshot, id, holds FROM {found} WHERE coalesce(holds, true)\nUNION ALL\nSELECT cluster, snapshot, id, false FROM {rows} WHERE coalesce(holds, true)"
                )
            }
            None => format!("SELECT cluster, snapshot, id, holds FROM {found}"),
        };
        Ok(self.of_assets(&answers, &examined))
    }

    /// What no snapshot can tell, of the cluster.
    fn unknowable(&mut self) -> String {
        let snapshots = self.snapshots();
        let body = format!(
            "SELECT s.cluster, s.snapshot, s.asset AS id, CAST(NULL AS BOOLEAN) AS holds\nFROM {snapshots} s"
        );
        self.part("outcomes", body)
    }

    /// The verdict on the result as a whole, which belongs to the cluster.
    fn of_cluster(&mut self, answers: &Answers, found: &str, expected: &Expected) -> String {
        let open = self.all(&answers.open, "id");
        let (incomplete, snapshots) = (self.incomplete(answers), self.snapshots());
        let body = format!(
            "SELECT s.cluster, s.snapshot, s.asset,
  coalesce(f.sure, 0) AS sure, coalesce(f.sure + f.open, 0) AS most, o.cluster IS NOT NULL AS more
FROM {snapshots} s
LEFT JOIN (
  SELECT cluster, snapshot, count(CASE WHEN holds THEN 1 END) AS sure, count(CASE WHEN holds IS NULL THEN 1 END) AS open
  FROM {found} GROUP BY cluster, snapshot
) f ON f.cluster = s.cluster AND f.snapshot = s.snapshot
LEFT JOIN (
  SELECT DISTINCT cluster, snapshot FROM (
    SELECT cluster, snapshot FROM {incomplete}
    UNION ALL
    SELECT cluster, snapshot FROM ({open}) x
  ) y
) o ON o.cluster = s.cluster AND o.snapshot = s.snapshot"
        );
        let counted = self.part("counted", body);
        let count = |order, number| compared(order, number, "sure", "most", "more");
        let passes = match expected {
            Expected::Assets { empty: true } => count(Order::Eq, 0),
            Expected::Assets { empty: false } => count(Order::Gt, 0),
            Expected::Boolean { equality, value } if (*equality == Equality::Eq) == *value => {
                count(Order::Gt, 0)
            }
            Expected::Boolean { .. } => count(Order::Eq, 0),
            Expected::Json { equality: Equality::Eq, .. } => "false".to_owned(),
            Expected::Json { equality: Equality::Neq, .. } => "CASE WHEN NOT more THEN true END".to_owned(),
            Expected::Count { comparison, number } => {
                let number = i64::try_from(*number).unwrap_or(i64::MAX);
                match comparison {
                    Comparison::Eq => count(Order::Eq, number),
                    Comparison::Neq => format!("NOT ({})", count(Order::Eq, number)),
                    Comparison::Lt => count(Order::Lt, number),
                    Comparison::Lte => count(Order::Lte, number),
                    Comparison::Gt => count(Order::Gt, number),
                    Comparison::Gte => count(Order::Gte, number),
                }
            }
        };
        self.part(
            "outcomes",
            format!("SELECT cluster, snapshot, asset AS id, NOT ({passes}) AS holds\nFROM {counted}"),
        )
    }

    /// The snapshots in which what the query begins with could not be read as a whole.
    fn incomplete(&mut self, answers: &Answers) -> String {
        let source = self.derived(GAPS);
        let tables: Vec<String> =
            answers.roots.iter().map(|table| self.dialect.text(&self.schema.table(*table).name)).collect();
        let table = self.dialect.name("table");
        let mut selects = vec![format!(
            "SELECT DISTINCT t.cluster, t.snapshot FROM {source} t WHERE t.{table} IN ({})",
            if tables.is_empty() { "''".to_owned() } else { tables.join(", ") }
        )];
        selects.extend(answers.elsewhere.iter().map(|one| one.replacen("SELECT ", "SELECT DISTINCT ", 1)));
        self.part("incomplete", selects.join("\nUNION\n"))
    }
}
