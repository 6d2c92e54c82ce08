//! Labels with bar codes: `label`. A serial and nothing else; a scanner reads it where a serial is asked for.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::Session;
use super::near::propose;
use super::target::{Target, look_up};
use crate::args::{self, LabelFormat};
use crate::code128;
use crate::failure::{Failure, Outcome};
use crate::output::{Answer, Column, Format, plain};
use crate::words::{Complaint, Say};

/// Sizes of a label in modules of a bar code; a module is a third of a millimetre, which hand scanners read.
const QUIET: u32 = 10;
const BAR_HEIGHT: u32 = 36;
const TEXT_HEIGHT: u32 = 12;
const MARGIN: u32 = 6;
const LABEL_HEIGHT: u32 = MARGIN + BAR_HEIGHT + TEXT_HEIGHT + MARGIN;
const MODULES_PER_MILLIMETRE: f64 = 3.0;

const COLUMNS: &[Column] = &[
    Column { key: "labels", title: Say::HeadLabels, show: plain },
    Column { key: "format", title: Say::HeadFormat, show: plain },
    Column { key: "path", title: Say::HeadFile, show: plain },
];

/// A label that can be printed.
struct Label {
    serial: String,
    bars: Vec<u32>,
}

/// `label`.
pub(crate) async fn label(session: &mut Session, args: &args::Label) -> Outcome {
    let client = session.client().await?;
    let mut labels = Vec::new();
    for typed in &args.serials {
        let token = propose(&client, typed, look_up(&client, Target::Token(typed.clone())).await).await?;
        labels.push(Label::of(token.serial)?);
    }
    let text = match args.format {
        LabelFormat::Svg => svg(&labels),
        LabelFormat::Zpl => zpl(&labels),
    };
    match &args.out {
        Some(path) => write(session, path, &text)?,
        None if session.printer.format() == Format::Table => return session.printer.data_line(text.trim_end()),
        None => {}
    }
    tell(session, args, labels.len(), &text)
}

fn write(session: &Session, path: &Path, text: &str) -> Outcome {
    if path.exists() && !session.global.yes {
        return Err(Failure::with(Complaint::FileInUse, [("file", &path.display().to_string())]));
    }
    fs::write(path, text).map_err(|error| Failure::unwritten(path, &error))
}

fn tell(session: &mut Session, args: &args::Label, count: usize, text: &str) -> Outcome {
    let path = args.out.as_ref().map(|path| path.display().to_string());
    let places = [("labels", count.to_string()), ("file", path.clone().unwrap_or_default())];
    let places = places.each_ref().map(|(name, value)| (*name, value.as_str()));
    session.printer.answer(&Answer {
        sentence: Say::LabelsWritten.with(session.printer.lang, &places),
        noun: "label",
        record: json!({
            "labels": count,
            "format": args.format.word(),
            "path": path,
            "text": args.out.is_none().then_some(text),
        }),
        columns: COLUMNS,
        beside: Vec::new(),
    })
}

impl Label {
    fn of(serial: String) -> Outcome<Self> {
        match code128::bars(&serial) {
            Some(bars) => Ok(Self { serial, bars }),
            None => Err(Failure::with(Complaint::NoBarCode, [("serial", &serial)])),
        }
    }

    fn width(&self) -> u32 {
        self.bars.iter().sum::<u32>() + 2 * QUIET
    }
}

/// One picture with a label below the other, in the size they are to be printed.
fn svg(labels: &[Label]) -> String {
    let width = labels.iter().map(Label::width).max().unwrap_or(0);
    let tops = (0..).step_by(LABEL_HEIGHT as usize);
    let pictures: String = labels.iter().zip(tops).map(|(label, top)| svg_label(label, top)).collect();
    let height: u32 = labels.iter().map(|_| LABEL_HEIGHT).sum();
    let millimetres = |modules: u32| format!("{:.2}mm", f64::from(modules) / MODULES_PER_MILLIMETRE);
    let size = [millimetres(width), millimetres(height)];
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {width} {height}\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n{pictures}</svg>\n",
        size[0], size[1]
    )
}

fn svg_label(label: &Label, top: u32) -> String {
    let mut at = QUIET;
    let mut bars = Vec::new();
    for (place, width) in label.bars.iter().enumerate() {
        if place.is_multiple_of(2) {
            bars.push(format!("M{at} {}h{width}v{BAR_HEIGHT}h-{width}z", top + MARGIN));
        }
        at += width;
    }
    let (middle, line) = (label.width() / 2, top + MARGIN + BAR_HEIGHT + TEXT_HEIGHT - 2);
    format!(
        "<path d=\"{}\"/>\n<text x=\"{middle}\" y=\"{line}\" font-family=\"monospace\" font-size=\"10\" \
         text-anchor=\"middle\">{}</text>\n",
        bars.concat(),
        escaped(&label.serial)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A label after the other for a label printer; the printer chooses the sets of Code 128 itself.
fn zpl(labels: &[Label]) -> String {
    let label = |label: &Label| format!("^XA\n^FO30,30^BY2\n^BCN,100,Y,N,N,A\n^FD{}^FS\n^XZ\n", label.serial);
    labels.iter().map(label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(serials: &[&str]) -> Vec<Label> {
        serials.iter().map(|serial| Label::of((*serial).to_owned()).ok().unwrap()).collect()
    }

    #[test]
    fn a_picture_holds_each_serial_as_bars_and_as_text() {
        let text = svg(&labels(&["12", "AB"]));
        // Two labels of 60 modules height; the wider one has 5 symbols of 11, the stop and two quiet zones.
        assert!(text.contains("width=\"25.67mm\" height=\"40.00mm\" viewBox=\"0 0 77 120\""), "{text}");
        assert!(text.contains(">12</text>") && text.contains(">AB</text>"), "{text}");
        // Set C begins with two modules of ink, one of paper, one of ink, two of paper, three of ink, two of paper.
        assert!(text.contains("<path d=\"M10 6h2v36h-2zM13 6h1v36h-1zM16 6h3v36h-3z"), "{text}");
        assert!(text.contains("<path d=\"M10 66h"), "the second stands below the first: {text}");
    }

    #[test]
    fn a_printer_gets_each_serial_by_itself() {
        let text = zpl(&labels(&["2600215704919", "AB"]));
        assert_eq!(text.matches("^XA").count(), 2);
        assert!(text.contains("^FD2600215704919^FS") && text.contains("^FDAB^FS"), "{text}");
    }

    #[test]
    fn what_a_scanner_can_not_read_gets_no_label() {
        assert_eq!(Label::of("種1".to_owned()).err().unwrap().reason(), "NO_BAR_CODE");
    }
}
