//! From pieces of any length to frames of 20 ms.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::{AudioChunk, PcmFormat};

/// Cuts audio that comes in pieces of any length into frames of 20 ms, without losing or inventing a sample.
///
/// A frame that lies within one piece is cut out of it without a copy.
///
/// ```
/// use acs_call_streaming::{AudioChunk, Framer, PcmFormat};
///
/// let mut framer = Framer::new(PcmFormat::Pcm16KMono);
/// framer.push(AudioChunk::from(vec![1i16; 500]));
/// assert_eq!(framer.next_frame().map(|frame| frame.len()), Some(320));
/// assert_eq!(framer.next_frame(), None);                        // 180 samples are not a frame
/// assert_eq!(framer.pad().map(|frame| frame.len()), Some(320)); // but can be filled up with silence
/// ```
#[derive(Debug)]
pub struct Framer {
    format: PcmFormat,
    pieces: VecDeque<Bytes>,
    /// Of all pieces, in bytes.
    length: usize,
}

impl Framer {
    /// An empty one.
    pub fn new(format: PcmFormat) -> Self {
        Self {
            format,
            pieces: VecDeque::new(),
            length: 0,
        }
    }

    /// Of which format the audio is.
    pub fn format(&self) -> PcmFormat {
        self.format
    }

    /// Adds audio at the end.
    pub fn push(&mut self, chunk: AudioChunk) {
        if !chunk.is_empty() {
            let bytes = chunk.into_bytes();
            self.length = self.length.saturating_add(bytes.len());
            self.pieces.push_back(bytes);
        }
    }

    /// The next whole frame, if there is one.
    pub fn next_frame(&mut self) -> Option<AudioChunk> {
        if self.has_frame() {
            Some(self.take(self.format.frame_bytes()))
        } else {
            None
        }
    }

    /// What is left as one frame, filled up with silence; `None` when nothing is left. Whole frames come first,
    /// so call [`next_frame`](Self::next_frame) until it gives none.
    pub fn pad(&mut self) -> Option<AudioChunk> {
        if self.is_empty() {
            return None;
        }
        if self.has_frame() {
            return self.next_frame();
        }
        let mut frame = BytesMut::with_capacity(self.format.frame_bytes());
        self.fill(&mut frame, self.length);
        frame.resize(self.format.frame_bytes(), 0);
        Some(whole(frame.freeze()))
    }

    /// Whether [`next_frame`](Self::next_frame) would give one.
    pub fn has_frame(&self) -> bool {
        self.length >= self.format.frame_bytes()
    }

    /// How much audio is waiting, in bytes.
    pub fn len_bytes(&self) -> usize {
        self.length
    }

    /// Whether no audio is waiting.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Drops all audio that is waiting and says how many bytes it was.
    pub fn clear(&mut self) -> usize {
        self.pieces.clear();
        std::mem::take(&mut self.length)
    }

    fn take(&mut self, bytes: usize) -> AudioChunk {
        if let Some(first) = self.pieces.front_mut()
            && first.len() >= bytes
        {
            let frame = first.split_to(bytes);
            self.length -= bytes;
            if first.is_empty() {
                self.pieces.pop_front();
            }
            return whole(frame);
        }
        let mut frame = BytesMut::with_capacity(bytes);
        self.fill(&mut frame, bytes);
        whole(frame.freeze())
    }

    fn fill(&mut self, frame: &mut BytesMut, bytes: usize) {
        while frame.len() < bytes
            && let Some(mut piece) = self.pieces.pop_front()
        {
            let part = piece.split_to(piece.len().min(bytes - frame.len()));
            frame.extend_from_slice(&part);
            self.length -= part.len();
            if !piece.is_empty() {
                self.pieces.push_front(piece);
            }
        }
    }
}

/// Frames and pieces are of whole samples, so this never is the empty chunk by mistake.
fn whole(bytes: Bytes) -> AudioChunk {
    AudioChunk::from_bytes(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_frame_within_a_piece_is_not_copied() {
        let piece = AudioChunk::from(vec![5i16; 640]);
        let start = piece.as_bytes().as_ptr();
        let mut framer = Framer::new(PcmFormat::Pcm16KMono);
        framer.push(piece);
        assert_eq!(framer.next_frame().unwrap().as_bytes().as_ptr(), start);
        assert_eq!(framer.next_frame().unwrap().len(), 320);
        assert!(framer.is_empty() && framer.pad().is_none());
    }

    #[test]
    fn clearing_says_how_much_was_dropped() {
        let mut framer = Framer::new(PcmFormat::Pcm24KMono);
        framer.push(AudioChunk::silence(100));
        framer.push(AudioChunk::silence(700));
        assert!(framer.has_frame());
        assert_eq!(framer.clear(), 1600);
        assert_eq!((framer.len_bytes(), framer.pad()), (0, None));
    }

    proptest! {
        #[test]
        fn no_sample_is_lost_or_out_of_place(
            pieces in prop::collection::vec(0usize..1500, 0..12),
            wide in any::<bool>(),
        ) {
            let format = if wide { PcmFormat::Pcm24KMono } else { PcmFormat::Pcm16KMono };
            let mut framer = Framer::new(format);
            let (mut next, mut sent, mut got) = (0i16, Vec::new(), Vec::new());
            for length in pieces {
                let piece: Vec<i16> = (0..length).map(|_| { next = next.wrapping_add(1); next }).collect();
                sent.extend_from_slice(&piece);
                framer.push(AudioChunk::from(piece));
                prop_assert_eq!(framer.len_bytes(), (sent.len() - got.len()) * 2);
                // Not after every piece, so that frames also come from many pieces.
                if length % 3 == 0 {
                    while let Some(frame) = framer.next_frame() {
                        prop_assert_eq!(frame.len(), format.frame_samples());
                        got.extend(frame.samples());
                    }
                }
            }
            while let Some(frame) = framer.pad() {
                prop_assert_eq!(frame.len(), format.frame_samples());
                got.extend(frame.samples());
            }
            let padding = got.split_off(sent.len());
            prop_assert_eq!(got, sent);
            prop_assert!(padding.len() < format.frame_samples());
            prop_assert!(padding.iter().all(|sample| *sample == 0));
        }
    }
}
