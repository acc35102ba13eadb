//! Controls that got another id since an earlier audit.

use std::collections::BTreeSet;

use crate::audit::Audit;
use crate::finding::Finding;

/// What an earlier audit's findings are called in a later one. A finding stays the same one where its control got
/// another id, if its check kept its slug.
pub struct Renamed<'a> {
    evaluated: BTreeSet<&'a str>,
    present: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Renamed<'a> {
    /// Until this audit; `present` gives the present id of a control's former one.
    pub fn until(later: &'a Audit, present: &'a dyn Fn(&str) -> Option<String>) -> Self {
        let evaluated = later.controls.iter().map(|control| control.id.as_str()).collect();
        Self { evaluated, present }
    }

    /// The present id of a finding's control, if that is another one.
    pub fn control(&self, finding: &Finding) -> Option<String> {
        let is_former = !self.evaluated.contains(&*finding.control);
        (self.present)(&finding.control).filter(|id| is_former && **id != *finding.control)
    }

    /// The identity that a finding has in the later audit.
    pub fn identity(&self, finding: &Finding) -> String {
        let container = finding.container.as_deref();
        match self.control(finding) {
            Some(control) => Finding::identity(&control, &finding.check, &finding.asset.id, container),
            None => finding.id.clone(),
        }
    }
}
