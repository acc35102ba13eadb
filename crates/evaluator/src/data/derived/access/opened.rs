//! The escalations that rules open.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use assay_model::rbac::{ESCALATIONS, Rule};

use crate::data::index;

/// Escalations by rule, each rule looked at once: most of a cluster's roles say what others say in other namespaces.
#[derive(Default)]
pub(super) struct Opened(RefCell<HashMap<Rule, ByScope>>);

/// What a rule opens that is bound in the whole cluster, and in one namespace.
type ByScope = [Option<Rc<[u32]>>; 2];

impl Opened {
    /// What a rule opens that is bound in one namespace or in the whole cluster, sorted.
    pub(super) fn by_rule(&self, rule: &Rule, namespaced: bool) -> Rc<[u32]> {
        let mut known = self.0.borrow_mut();
        if !known.contains_key(rule) {
            known.insert(rule.clone(), Default::default());
        }
        let of_rule = known.get_mut(rule).map(|both| &mut both[usize::from(namespaced)]);
        let find = || {
            let all = 0..ESCALATIONS.len();
            all.filter(|at| ESCALATIONS[*at].is_opened_by(rule, namespaced)).map(index).collect()
        };
        of_rule.map_or_else(find, |known| known.get_or_insert_with(find).clone())
    }

    /// What rules open that are bound together.
    pub(super) fn by_rules(&self, rules: &[Rule], namespaced: bool) -> BTreeSet<u32> {
        rules.iter().flat_map(|rule| self.by_rule(rule, namespaced).to_vec()).collect()
    }
}
