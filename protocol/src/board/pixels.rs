//! NeoPixels.

/// A colour as NeoPixels take it: 0 (off) to 255 for each LED.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say all")]
pub struct Rgb {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
}

impl Rgb {
    /// All LEDs off.
    pub const OFF: Self = Self::new(0, 0, 0);

    /// A colour from its parts.
    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }
}

/// A strip of NeoPixels (WS2812). Colours are set in a buffer; only [`Pixels::write`] shows them.
pub trait Pixels {
    /// How many there are.
    fn count(&self) -> usize;

    /// Sets one in the buffer; an index past the strip's end is ignored, as its LED is not there.
    fn set(&mut self, index: usize, colour: Rgb);

    /// Sets all in the buffer.
    fn fill(&mut self, colour: Rgb) {
        for index in 0..self.count() {
            self.set(index, colour);
        }
    }

    /// Clocks the buffer out to the strip: 30 µs a pixel at 800 kHz.
    async fn write(&mut self);

    /// Sets all, and clocks them out.
    async fn paint(&mut self, colour: Rgb) {
        self.fill(colour);
        self.write().await;
    }
}
