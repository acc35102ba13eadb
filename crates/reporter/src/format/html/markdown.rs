//! Controls' Markdown as HTML. Controls may be other people's: raw HTML in them is text, images are their
//! descriptions, and only web links are links.

use minijinja::Value;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use crate::text;

/// The HTML, marked as needing no escape.
pub(super) fn render(markdown: &str) -> Value {
    let visible = text::visible_block(markdown);
    let mut links = Vec::new();
    let events =
        Parser::new_ext(&visible, Options::ENABLE_TABLES).filter_map(|event| tame(event, &mut links));
    let mut html = String::new();
    html::push_html(&mut html, events);
    Value::from_safe_string(tidy(&html))
}

fn tame<'a>(event: Event<'a>, links: &mut Vec<bool>) -> Option<Event<'a>> {
    Some(match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => return None,
        Event::Start(Tag::Link { ref dest_url, .. }) => {
            links.push(is_web(dest_url));
            return is_web(dest_url).then_some(event);
        }
        Event::End(TagEnd::Link) => return links.pop().unwrap_or(false).then_some(event),
        Event::Start(Tag::Heading { .. }) => {
            let (id, classes, attrs) = (None, Vec::new(), Vec::new());
            Event::Start(Tag::Heading { level: HeadingLevel::H6, id, classes, attrs })
        }
        Event::End(TagEnd::Heading(_)) => Event::End(TagEnd::Heading(HeadingLevel::H6)),
        // Alignment would be a style attribute, which the page's own policy refuses.
        Event::Start(Tag::Table(_)) => Event::Start(Tag::Table(Vec::new())),
        other => other,
    })
}

/// Whether a link may be followed: `javascript:` and the like may not.
pub(super) fn is_web(url: &str) -> bool {
    let url = url.trim().to_ascii_lowercase();
    url.starts_with("https://") || url.starts_with("http://")
}

/// In text `<` is escaped, so these are tags that the renderer wrote.
fn tidy(html: &str) -> String {
    html.replace("<br />", "<br>")
        .replace("<hr />", "<hr>")
        .replace("<th>", "<th scope=\"col\">")
        .replace("<pre>", "<pre tabindex=\"0\">")
        .replace("<a href=", "<a rel=\"noreferrer\" href=")
        .lines()
        .flat_map(|line| [line.trim_end(), "\n"])
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_runs_and_nothing_loads() {
        let html = super::render(
            "<script>alert(1)</script>\n\na <img src=x onerror=alert(1)> ![pic](https://x/y.png) \
             [bad](javascript:alert(1)) [good](https://x.example) \u{202e}\n\n# Big\n\n|a|b|\n|:-|-:|\n|1|2|\n",
        );
        insta::assert_snapshot!(html, @r##"
        <p>&lt;script&gt;alert(1)&lt;/script&gt;
        </p>
        <p>a &lt;img src=x onerror=alert(1)&gt; pic bad <a rel="noreferrer" href="https://x.example">good</a> \u{202e}</p>
        <h6>Big</h6>
        <table><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead><tbody>
        <tr><td>1</td><td>2</td></tr>
        </tbody></table>
        "##);
    }
}
