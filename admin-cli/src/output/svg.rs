//! A picture of a report: bars over a line of zero, with a title, the names of both axes and a legend.
//!
//! Guarantees: it stands alone, without fonts, styles or scripts from elsewhere; text from servers is text in it; what a
//! bar stands for is written on it or shown when it is pointed at.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::clean;
use crate::words::{Lang, Say};

/// What a picture shows of the records of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Picture {
    /// What stands above it.
    pub(crate) title: Say,
    /// Which records are one group of bars.
    pub(crate) across: Across,
    /// What the axis below is called.
    pub(crate) across_title: Say,
    /// How high the bars are.
    pub(crate) up: Up,
    /// What the axis on the left is called.
    pub(crate) up_title: Say,
}

/// Which records are one group of bars.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Across {
    /// Those with the same value in a field, which people see like this.
    Field(&'static str, fn(&Value, Lang) -> String),
    /// Those whose moment in a field is in the same month in Japan.
    Month(&'static str),
}

/// How high bars are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Up {
    /// As many as there are records.
    Count,
    /// The sum of a number; records with another value in the second field stand on top of each other.
    Sum(&'static str, Option<&'static str>),
    /// The sums of several numbers, on top of each other.
    Fields(&'static [(&'static str, Say)]),
}

/// The width of a group of bars with its gap, in units of the picture.
const GROUP: f64 = 72.0;
/// The width of a bar.
const BAR: f64 = 44.0;
/// How high the field of bars is.
const FIELD: f64 = 300.0;
/// The room on the left, with the numbers of the axis.
const LEFT: f64 = 90.0;
/// The room above, with the title.
const TOP: f64 = 90.0;
/// The least width of the field of bars.
const WIDTH_MIN: f64 = 480.0;
/// Colours that are told apart by most people, in print too; after the last one they begin again.
const COLOURS: [&str; 8] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#7f7f7f"];

/// The bars: by group, and in it by series.
#[derive(Default)]
struct Bars {
    groups: BTreeMap<String, BTreeMap<String, f64>>,
    series: BTreeSet<String>,
}

impl Bars {
    fn of(picture: &Picture, records: &[Value], lang: Lang) -> Self {
        let mut bars = Self::default();
        for record in records {
            let group = group(picture.across, record, lang);
            match picture.up {
                Up::Count => bars.add(&group, "", 1.0),
                Up::Sum(field, None) => bars.add(&group, "", number(record, field)),
                Up::Sum(field, Some(by)) => bars.add(&group, text(record, by), number(record, field)),
                Up::Fields(fields) => {
                    for (field, say) in fields {
                        bars.add(&group, say.plain(lang), number(record, field));
                    }
                }
            }
        }
        bars
    }

    fn add(&mut self, group: &str, series: &str, height: f64) {
        let group = self.groups.entry(group.to_owned()).or_default();
        if height != 0.0 {
            self.series.insert(series.to_owned());
            *group.entry(series.to_owned()).or_default() += height;
        }
    }

    /// Whether all heights are whole numbers.
    fn are_whole(&self) -> bool {
        self.groups.values().flat_map(BTreeMap::values).all(|height| height.fract() == 0.0)
    }

    /// How far up and how far down the bars reach; zero is always there.
    fn reach(&self) -> (f64, f64) {
        let sums = |sign: fn(f64) -> bool| {
            let sum = move |group: &BTreeMap<String, f64>| group.values().copied().filter(|height| sign(*height)).sum();
            self.groups.values().map(sum).collect::<Vec<f64>>()
        };
        let up = sums(|height| height > 0.0).into_iter().fold(0.0, f64::max);
        let down = sums(|height| height < 0.0).into_iter().fold(0.0, f64::min);
        (up, down)
    }
}

fn group(across: Across, record: &Value, lang: Lang) -> String {
    match across {
        Across::Field(field, show) => show(&record[field], lang),
        Across::Month(field) => crate::shapes::show_date(&record[field]).chars().take("2026-11".len()).collect(),
    }
}

fn number(record: &Value, field: &str) -> f64 {
    record[field].as_f64().unwrap_or(0.0)
}

fn text<'a>(record: &'a Value, field: &str) -> &'a str {
    record[field].as_str().unwrap_or_default()
}

/// The picture of these records.
pub(super) fn draw(picture: &Picture, records: &[Value], lang: Lang) -> String {
    let bars = Bars::of(picture, records, lang);
    let scale = Scale::of(bars.reach(), bars.are_whole());
    let groups = f64::from(u32::try_from(bars.groups.len()).unwrap_or(u32::MAX));
    let width = (groups * GROUP).max(WIDTH_MIN);
    let legend = legend(&bars.series);
    let below = room_below(&bars);
    let height = TOP + FIELD + below + legend.height;
    let mut drawn = vec![
        label("title", (LEFT, 36.0), picture.title.plain(lang)),
        label("axis", (LEFT, TOP - 28.0), picture.up_title.plain(lang)),
        label("axis end", (LEFT + width, TOP + FIELD + below - 10.0), picture.across_title.plain(lang)),
    ];
    drawn.extend(scale.lines(width));
    drawn.extend(groups_of_bars(&bars, &scale));
    if bars.groups.is_empty() {
        drawn.push(label("axis", (LEFT + 20.0, TOP + FIELD / 2.0), Say::NothingMatches.plain(lang)));
    }
    drawn.extend(legend.at(TOP + FIELD + below));
    let (total, tag) = (LEFT + width + 30.0, lang.tag());
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {total} {height}\" width=\"{total}\" \
         height=\"{height}\" lang=\"{tag}\" role=\"img\">\n<title>{}</title>\n<style>{STYLE}</style>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{}\n</svg>",
        escaped(picture.title.plain(lang)),
        drawn.join("\n"),
    )
}

const STYLE: &str = "text{font-family:sans-serif;font-size:13px;fill:#222222}.title{font-size:20px}\
    .axis{fill:#555555}.end{text-anchor:end}.middle{text-anchor:middle}line{stroke:#dddddd}.zero{stroke:#555555}";

/// How heights become places: numbers between the least and the most that the axis shows.
struct Scale {
    least: f64,
    most: f64,
    step: f64,
}

impl Scale {
    /// A scale for bars that reach so far; whole bars have whole numbers beside them.
    fn of((up, down): (f64, f64), whole: bool) -> Self {
        let least = if whole { 1.0 } else { 0.0 };
        let step = step((up - down).max(1.0)).max(least);
        Self { least: (down / step).floor() * step, most: (up / step).ceil().max(1.0) * step, step }
    }

    fn y(&self, value: f64) -> f64 {
        TOP + FIELD * (self.most - value) / (self.most - self.least)
    }

    /// The lines across with their numbers.
    fn lines(&self, width: f64) -> Vec<String> {
        let values = std::iter::successors(Some(self.least), |value| Some(value + self.step));
        let values = values.take_while(|value| *value < self.most + self.step / 2.0);
        values.map(|value| self.line(value, width)).collect()
    }

    fn line(&self, value: f64, width: f64) -> String {
        let y = self.y(value);
        let zero = if value.abs() < self.step / 2.0 { " class=\"zero\"" } else { "" };
        let right = LEFT + width;
        format!(
            "<line{zero} x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\"/>{}",
            label("axis end", (LEFT - 8.0, y + 4.0), &written(value)),
        )
    }
}

/// The step of an axis that shows so much in at most about six steps: 1, 2 or 5 and zeros.
fn step(reach: f64) -> f64 {
    let rough = reach / 5.0;
    let zeros = 10_f64.powf(rough.log10().floor());
    let nice = [1.0, 2.0, 5.0, 10.0].map(|nice| nice * zeros);
    nice.into_iter().find(|nice| *nice >= rough).unwrap_or(rough)
}

/// A number without zeros that say nothing.
fn written(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.replace('-', "−") }
}

fn groups_of_bars(bars: &Bars, scale: &Scale) -> Vec<String> {
    let lefts = std::iter::successors(Some(LEFT), |left| Some(left + GROUP));
    let slanted = is_slanted(bars);
    bars.groups
        .iter()
        .zip(lefts)
        .map(|((name, group), left)| one_group(bars, scale, (name, group, left, slanted)))
        .collect()
}

type Group<'a> = (&'a String, &'a BTreeMap<String, f64>, f64, bool);

fn one_group(bars: &Bars, scale: &Scale, (name, group, left, slanted): Group<'_>) -> String {
    let (x, middle) = (left + (GROUP - BAR) / 2.0, left + GROUP / 2.0);
    let (mut up, mut down) = (0.0, 0.0);
    let mut drawn = Vec::new();
    for (series, colour) in bars.series.iter().zip(COLOURS.into_iter().cycle()) {
        let Some(height) = group.get(series).copied() else { continue };
        let base: &mut f64 = if height < 0.0 { &mut down } else { &mut up };
        let (from, to) = (*base, *base + height);
        *base = to;
        let (top, tall) = (scale.y(from.max(to)), (scale.y(from) - scale.y(to)).abs());
        let number = written(height);
        let told: Vec<_> = [name.as_str(), series, &number].into_iter().filter(|part| !part.is_empty()).collect();
        drawn.push(format!(
            "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{BAR}\" height=\"{tall:.1}\" fill=\"{colour}\">\
             <title>{}</title></rect>",
            escaped(&told.join(": ")),
        ));
    }
    let (value, y) = if up > 0.0 || down >= 0.0 { (up, scale.y(up) - 5.0) } else { (down, scale.y(down) + 15.0) };
    drawn.push(label("middle", (middle, y), &written(value)));
    drawn.push(name_below(name, middle, slanted));
    drawn.concat()
}

/// The name of a group below the field; slanted where one would run into the next.
fn name_below(name: &str, middle: f64, slanted: bool) -> String {
    let y = TOP + FIELD + 20.0;
    if !slanted {
        return label("middle", (middle, y), name);
    }
    format!(
        "<text class=\"end\" x=\"{middle:.1}\" y=\"{y:.1}\" transform=\"rotate(-40 {middle:.1} {y:.1})\">{}</text>",
        escaped(name)
    )
}

/// About how wide text is, in units of the picture.
fn width_of(text: &str) -> f64 {
    f64::from(u32::try_from(text.width()).unwrap_or(u32::MAX)) * 7.5
}

fn widest(bars: &Bars) -> f64 {
    bars.groups.keys().map(|name| width_of(name)).fold(0.0, f64::max)
}

fn is_slanted(bars: &Bars) -> bool {
    widest(bars) > GROUP - 6.0
}

/// The room for the names of the groups and of their axis.
fn room_below(bars: &Bars) -> f64 {
    if is_slanted(bars) { 60.0 + widest(bars) * 0.7 } else { 60.0 }
}

/// What the colours mean, one line each; nothing where there is one colour only.
struct Legend {
    names: Vec<String>,
    height: f64,
}

fn legend(series: &BTreeSet<String>) -> Legend {
    let names: Vec<_> = if series.len() > 1 { series.iter().cloned().collect() } else { Vec::new() };
    let lines = f64::from(u32::try_from(names.len()).unwrap_or(u32::MAX));
    Legend { names, height: lines * 22.0 + 10.0 }
}

impl Legend {
    fn at(&self, top: f64) -> Vec<String> {
        let lines = std::iter::successors(Some(top), |y| Some(y + 22.0));
        let line = |((name, colour), y): ((&String, &str), f64)| {
            let name = if name.is_empty() { "–" } else { name };
            format!(
                "<rect x=\"{LEFT}\" y=\"{y:.1}\" width=\"14\" height=\"14\" fill=\"{colour}\"/>{}",
                label("axis", (LEFT + 22.0, y + 12.0), name)
            )
        };
        self.names.iter().zip(COLOURS.into_iter().cycle()).zip(lines).map(line).collect()
    }
}

fn label(class: &str, (x, y): (f64, f64), text: &str) -> String {
    format!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(text))
}

/// Text that stays text in XML.
fn escaped(text: &str) -> String {
    clean(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::output::plain;

    const COUNTED: Picture = Picture {
        title: Say::HeadTokens,
        across: Across::Month("lent_time"),
        across_title: Say::HeadTime,
        up: Up::Count,
        up_title: Say::HeadTokens,
    };

    const SUMMED: Picture =
        Picture { across: Across::Field("year", plain), up: Up::Sum("ending", Some("model")), ..COUNTED };

    fn heights(svg: &str) -> Vec<f64> {
        let bars = svg.split("<rect ").skip(1).filter(|part| part.contains("<title>"));
        bars.map(|bar| bar.split(" height=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()).collect()
    }

    #[test]
    fn records_are_counted_by_month_in_japan() {
        let records = ["2026-10-31T14:59:59Z", "2026-10-31T15:00:00Z", "2026-11-30T00:00:00Z"];
        let svg = draw(&COUNTED, &records.map(|at| json!({"lent_time": at})), Lang::En);
        assert!(svg.contains(">2026-10<") && svg.contains(">2026-11<"), "{svg}");
        let [october, november] = heights(&svg).try_into().unwrap();
        assert!((november - 2.0 * october).abs() < 0.2, "{svg}");
    }

    #[test]
    fn series_stand_on_top_of_each_other_and_have_a_legend() {
        let one = |year: i64, model: &str, ending: i64| json!({"year": year, "model": model, "ending": ending});
        let svg = draw(&SUMMED, &[one(2027, "c200", 30), one(2027, "c100", 10), one(2028, "c200", 5)], Lang::En);
        assert_eq!(heights(&svg).len(), 3, "a bar for what there is of each");
        assert!(svg.contains("<title>2027: c100: 10</title>") && svg.contains(">40<"), "{svg}");
        assert!(svg.contains(">c100</text>") && svg.contains(">c200</text>"), "{svg}");
    }

    #[test]
    fn what_is_less_than_nothing_hangs_below_zero() {
        let picture = Picture { up: Up::Sum("rate", None), ..SUMMED };
        let svg = draw(&picture, &[json!({"year": "a", "rate": -1.5}), json!({"year": "b", "rate": 0.5})], Lang::En);
        assert!(svg.contains(">−1.5<") && svg.contains(">0.5<"), "{svg}");
        assert!(svg.contains("class=\"zero\""), "{svg}");
    }

    #[test]
    fn text_from_a_server_is_text() {
        let svg = draw(&SUMMED, &[json!({"year": "<script>&\"\u{1b}", "model": "</svg>", "ending": 1})], Lang::En);
        assert!(svg.contains("&lt;script&gt;&amp;&quot;\u{fffd}"), "{svg}");
        assert_eq!(svg.matches("</svg>").count(), 1);
        assert!(!svg.contains("href") && svg.matches("http").count() == 1, "nothing comes from elsewhere: {svg}");
    }

    #[test]
    fn a_picture_of_nothing_says_so_in_the_language_of_the_reader() {
        let svg = draw(&COUNTED, &[], Lang::Ja);
        assert!(svg.contains("該当するものはありません") && svg.contains("lang=\"ja\""), "{svg}");
    }

    #[test]
    fn an_axis_has_a_handful_of_round_numbers() {
        for (reach, expected) in [(1.0, 0.2), (4.0, 1.0), (7.0, 2.0), (23.0, 5.0), (300.0, 100.0), (5001.0, 2000.0)] {
            assert!((step(reach) - expected).abs() < 1e-9, "{reach}: {}", step(reach));
        }
        assert_eq!([0.0, 1.25, -3.0, -0.001].map(written), ["0", "1.25", "−3", "0"]);
    }
}
