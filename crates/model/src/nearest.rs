//! Which known name a mistyped one was meant to be.

/// No name of the model is longer.
const LONGEST: usize = 80;

/// The known name that is nearest, if one is near.
pub fn closest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    // A name of more letters is a mistyped one of nothing, and would take long to compare.
    let lower: String = name.to_lowercase().chars().take(LONGEST).collect();
    known
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Advice on an unknown name: the nearest known one if there is one, and all there are.
pub fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone) -> String {
    let all = known.clone().collect::<Vec<_>>().join(", ");
    match closest(name, known) {
        Some(candidate) => format!("did you mean `{candidate}`? There are: {all}"),
        None => format!("there are: {all}"),
    }
}
