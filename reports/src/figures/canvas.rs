//! A sheet with a plotting area, axes, and the few shapes the figures are made of. Lengths are in pixels.

use super::breadth::{TEXT, breadth};
use super::ink::{Ink, Inks};
use super::labels::wrapped;
use super::paths::joined;
use super::room::Room;
use crate::drawing::{Axis, Point, Tick, simplify};
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Quarter pixels: plotters' coordinates are integers.
const SCALE: f64 = 4.0;
/// What plotters divides the size of a text by on its way into the SVG.
const PLOTTERS: f64 = 1.24;
/// Height of a row of a text of several.
pub(super) const LINE: f64 = 16.0;
/// Space beside the name of the vertical axis and around a legend.
pub(super) const MARGIN: f64 = 6.0;
/// Space between the edge of the sheet and what is written along an axis.
const EDGE: f64 = 2.0;
/// Length of a tick without a label.
const MARK: f64 = 3.5;

pub(super) type DrawError = DrawingAreaErrorKind<std::io::Error>;

/// The sheet and the space around its plotting area.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) room: Room,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

/// Where a text is held.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hold {
    Left,
    Centre,
    Right,
}

pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    plane: Cartesian2d<RangedCoordf64, RangedCoordf64>,
    inks: Inks,
    pub(super) frame: Frame,
}

/// Draws with `content` on a sheet and finishes the SVG text. `attributes` are those of the root element, with a
/// space before each.
pub(super) fn sheet(
    frame: Frame,
    x: &Axis,
    y: (f64, f64),
    description: &str,
    attributes: &str,
    content: impl FnOnce(&mut Canvas) -> Result<(), DrawError>,
) -> Result<String, DrawError> {
    let whole = |length: f64| (length * SCALE).round() as i32;
    let size = (whole(frame.width), whole(frame.height));
    let mut svg = String::new();
    let inks = {
        let area = SVGBackend::with_string(&mut svg, (size.0 as u32, size.1 as u32)).into_drawing_area();
        let plane = Cartesian2d::new(
            x.low..x.high,
            y.0..y.1,
            (
                whole(frame.left)..whole(frame.width - frame.right),
                // Downwards on the sheet is downwards on the axis.
                whole(frame.height - frame.bottom)..whole(frame.top),
            ),
        );
        let mut canvas = Canvas { area, plane, inks: Inks::default(), frame };
        content(&mut canvas)?;
        canvas.area.present()?;
        canvas.inks
    };
    let body = svg.find('>').map_or("", |end| &svg[end + 1..]);
    let size_of_text =
        format!(" font-family=\"sans-serif\" font-size=\"{}\"", SCALE * TEXT * PLOTTERS / PLOTTERS);
    // What is so without being said, and what the root says for all texts.
    let silent = [" opacity=\"1\"", " stroke=\"none\"", size_of_text.as_str()];
    let body = silent.iter().fold(inks.apply(body), |body, said| body.replace(said, ""));
    let body = joined(&body.replace("sans-serif", "system-ui, sans-serif").replace(" \"/>", "\"/>"));
    let title = escaped(description);
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{title}\" \
         stroke-linejoin=\"round\" stroke-linecap=\"round\" font-family=\"system-ui, sans-serif\" \
         font-size=\"{}\"{attributes}><title>{title}</title>{body}",
        size.0,
        size.1,
        SCALE * TEXT
    ))
}

/// Text for an attribute or an element.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl Frame {
    /// The same with room for names of axes that need several rows, and for what is written at the ends of the
    /// horizontal one.
    pub(super) fn with_titles(self, x: &Axis, y: &Axis) -> Self {
        let Self { left, right, width, .. } = self;
        let at = |tick: &Tick| left + (width - left - right) * (tick.at - x.low) / (x.high - x.low);
        let half = |tick: &Tick| 0.5 * breadth(&tick.text) + EDGE;
        let over = x.ticks.iter().map(|tick| at(tick) + half(tick) - width).fold(0.0, f64::max);
        let under = x.ticks.iter().map(|tick| half(tick) - at(tick)).fold(0.0, f64::max);
        Self { left: left + under, right: right + over, ..self }.with_rows(x, y)
    }

    fn with_rows(self, x: &Axis, y: &Axis) -> Self {
        let more = |rows: Vec<String>| LINE * rows.len().saturating_sub(1) as f64;
        let (above, below) = (more(self.y_title(y)), more(self.x_title(x)));
        Self {
            height: self.height + above + below,
            top: self.top + above,
            bottom: self.bottom + below,
            ..self
        }
    }

    /// The name of the horizontal axis in rows that are no longer than the axis.
    fn x_title(&self, x: &Axis) -> Vec<String> {
        wrapped(&x.label, self.width - self.left - self.right)
    }

    /// The name of the vertical axis in rows that fit on the sheet.
    fn y_title(&self, y: &Axis) -> Vec<String> {
        wrapped(&y.label, self.width - 2.0 * MARGIN)
    }

    /// Where the plotting area lies in the units of the drawing and what its axes span, for a cursor: left, top,
    /// right, bottom; low, high of the drawn coordinate (the decimal logarithm, on a logarithmic axis).
    pub(super) fn coordinates(&self, x: &Axis, y: &Axis) -> String {
        // As the plotting area itself: in whole quarters.
        let places = [self.left, self.top, self.width - self.right, self.height - self.bottom];
        let [left, top, right, bottom] = places.map(|length| (SCALE * length).round());
        format!(
            " data-frame=\"{left} {top} {right} {bottom}\" data-x=\"{} {}\" data-y=\"{} {}\" data-y-scale=\"{}\"",
            x.low,
            x.high,
            y.low,
            y.high,
            if y.logarithmic { "log" } else { "linear" }
        )
    }
}

impl Canvas<'_> {
    /// Place of a point of the axes on the sheet.
    pub(super) fn place(&self, point: Point) -> Point {
        let (x, y) = self.plane.translate(&(point[0], point[1]));
        [f64::from(x) / SCALE, f64::from(y) / SCALE]
    }

    /// The places of a line that are seen at the size of the sheet.
    fn kept(&self, places: &[Point]) -> Vec<Point> {
        match self.frame.room.detail() {
            Some(detail) => simplify(places, detail),
            None => places.to_vec(),
        }
    }

    fn style(&mut self, ink: Ink, opacity: f64, width: f64) -> ShapeStyle {
        let colour = self.inks.token(ink).mix(opacity);
        ShapeStyle { color: colour, filled: false, stroke_width: (width * SCALE).round() as u32 }
    }

    /// A line through places on the sheet.
    pub(super) fn line(
        &mut self,
        places: &[Point],
        ink: Ink,
        opacity: f64,
        width: f64,
    ) -> Result<(), DrawError> {
        if places.len() < 2 {
            return Ok(());
        }
        let mut pixels: Vec<(i32, i32)> = self.kept(places).into_iter().map(pixel).collect();
        pixels.dedup();
        if pixels.len() < 2 {
            return Ok(());
        }
        let style = self.style(ink, opacity, width);
        self.area.draw(&PathElement::new(pixels, style))
    }

    /// A line through points of the axes.
    pub(super) fn curve(
        &mut self,
        points: &[Point],
        ink: Ink,
        opacity: f64,
        width: f64,
    ) -> Result<(), DrawError> {
        let places: Vec<Point> = points.iter().map(|p| self.place(*p)).collect();
        self.line(&places, ink, opacity, width)
    }

    /// A filled area between points of the axes.
    pub(super) fn area(&mut self, outline: &[Point], ink: Ink, opacity: f64) -> Result<(), DrawError> {
        let places: Vec<Point> = outline.iter().map(|p| self.place(*p)).collect();
        let pixels: Vec<(i32, i32)> = self.kept(&places).into_iter().map(pixel).collect();
        let style = self.style(ink, opacity, 0.0).filled();
        self.area.draw(&Polygon::new(pixels, style))
    }

    /// A filled rectangle between two corners on the sheet.
    pub(super) fn block(&mut self, corners: [Point; 2], ink: Ink, opacity: f64) -> Result<(), DrawError> {
        let style = self.style(ink, opacity, 0.0).filled();
        self.area.draw(&Rectangle::new(corners.map(pixel), style))
    }

    /// A dot (filled) or ring at a place on the sheet.
    pub(super) fn dot(
        &mut self,
        place: Point,
        radius: f64,
        ink: Ink,
        opacity: f64,
        filled: bool,
    ) -> Result<(), DrawError> {
        let mut style = self.style(ink, opacity, 1.25);
        style.filled = filled;
        self.area.draw(&Circle::new(pixel(place), (radius * SCALE).round() as i32, style))
    }

    /// A text at a place on the sheet, centred vertically.
    pub(super) fn text(&mut self, text: &str, place: Point, hold: Hold, ink: Ink) -> Result<(), DrawError> {
        self.text_of_size(TEXT, text, place, hold, ink)
    }

    /// The same in another size.
    pub(super) fn text_of_size(
        &mut self,
        size: f64,
        text: &str,
        place: Point,
        hold: Hold,
        ink: Ink,
    ) -> Result<(), DrawError> {
        let colour = self.inks.token(ink);
        let horizontal = match hold {
            Hold::Left => HPos::Left,
            Hold::Centre => HPos::Center,
            Hold::Right => HPos::Right,
        };
        let style = TextStyle::from(("sans-serif", size * SCALE * PLOTTERS).into_font())
            .color(&colour)
            .pos(Pos::new(horizontal, VPos::Center));
        self.area.draw(&Text::new(text.to_string(), pixel(place), style))
    }

    /// Ticks, their labels and the name of the horizontal axis, with grid lines.
    pub(super) fn x_axis(&mut self, axis: &Axis) -> Result<(), DrawError> {
        let Frame { width, height, left, right, top, bottom, .. } = self.frame;
        let floor = height - bottom;
        let mut free = f64::NEG_INFINITY;
        for tick in &axis.ticks {
            let [x, _] = self.place([tick.at, 0.0]);
            self.line(&[[x, top], [x, floor]], Ink::tick(), 0.13, 1.0)?;
            // A label that would run into the one before it is left out; its line stays.
            let half = 0.5 * breadth(&tick.text);
            if x - half > free {
                self.text(&tick.text, [x, floor + 14.0], Hold::Centre, Ink::tick())?;
                free = x + half + 2.0;
            }
        }
        for at in &axis.minor {
            let [x, _] = self.place([*at, 0.0]);
            self.line(&[[x, floor], [x, floor + MARK]], Ink::mark(), 0.45, 1.0)?;
        }
        self.line(&[[left, floor], [width - right, floor]], Ink::muted(), 0.6, 1.0)?;
        for (k, row) in self.frame.x_title(axis).iter().enumerate() {
            let place = [0.5 * (left + width - right), floor + 37.0 + LINE * k as f64];
            self.text(row, place, Hold::Centre, Ink::text())?;
        }
        Ok(())
    }

    /// Ticks, their labels and the name of the vertical axis (above it, so that it reads without turning the
    /// head), with grid lines.
    pub(super) fn y_axis(&mut self, axis: &Axis) -> Result<(), DrawError> {
        let Frame { width, left, right, .. } = self.frame;
        for tick in &axis.ticks {
            let [_, y] = self.place([0.0, tick.at]);
            self.line(&[[left, y], [width - right, y]], Ink::tick(), 0.13, 1.0)?;
            self.text(&tick.text, [left - 7.0, y], Hold::Right, Ink::tick())?;
        }
        for at in &axis.minor {
            let [_, y] = self.place([0.0, *at]);
            self.line(&[[left - MARK, y], [left, y]], Ink::mark(), 0.45, 1.0)?;
        }
        for (k, row) in self.frame.y_title(axis).iter().enumerate() {
            self.text(row, [MARGIN, 11.0 + LINE * k as f64], Hold::Left, Ink::text())?;
        }
        Ok(())
    }
}

fn pixel(place: Point) -> (i32, i32) {
    ((place[0] * SCALE).round() as i32, (place[1] * SCALE).round() as i32)
}
