//! Which known name a mistyped one was meant to be.

/// No name of the model is longer.
const LONGEST: usize = 80;

/// The known name that is nearest, if one is near.
pub fn closest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    by_distance(name, known)
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The known name that a name is, but for one or two letters: so near that it can hardly be meant as another one.
pub fn mistyped<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let near = by_distance(name, known).filter(|(distance, name)| *distance <= 2.min(name.len() / 3));
    near.min().map(|(_, candidate)| candidate)
}

fn by_distance<'n>(
    name: &str,
    known: impl Iterator<Item = &'n str>,
) -> impl Iterator<Item = (usize, &'n str)> {
    // A name of more letters is a mistyped one of nothing, and would take long to compare.
    let lower: String = name.to_lowercase().chars().take(LONGEST).collect();
    known.map(move |candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
}

/// Advice on an unknown name: the nearest known one if there is one, and all there are.
pub fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone) -> String {
    let all = known.clone().collect::<Vec<_>>().join(", ");
    match closest(name, known) {
        Some(candidate) => format!("did you mean `{candidate}`? There are: {all}"),
        None => format!("there are: {all}"),
    }
}
