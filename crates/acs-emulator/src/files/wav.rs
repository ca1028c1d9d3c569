//! Whether a file is a WAV file that the service plays, and how long it is.

use std::io::Cursor;
use std::time::Duration;

use hound::{SampleFormat, WavReader};

const RATE: u32 = 16_000;
const BITS: u16 = 16;

/// The length of the sound in a file, or what is wrong with it.
pub(super) fn length(file: &[u8]) -> Result<Duration, String> {
    let reader = WavReader::new(Cursor::new(file)).map_err(|error| format!("it is no WAV file: {error}"))?;
    let spec = reader.spec();
    if spec.channels != 1 {
        return Err(format!("it has {} channels, and must have one", spec.channels));
    }
    if spec.sample_rate != RATE {
        return Err(format!(
            "it has {} samples a second, and must have {RATE}",
            spec.sample_rate
        ));
    }
    if spec.bits_per_sample != BITS || spec.sample_format != SampleFormat::Int {
        return Err(format!(
            "its samples have {} bits, and must be integers of {BITS}",
            spec.bits_per_sample
        ));
    }
    let samples = u64::from(reader.duration());
    // What the header promises must be there.
    let rest = (file.len() as u64).saturating_sub(reader.into_inner().position());
    let wanted = samples * u64::from(BITS / 8);
    if rest < wanted {
        return Err(format!("it ends {} bytes too early", wanted - rest));
    }
    Ok(Duration::from_nanos(samples * (1_000_000_000 / u64::from(RATE))))
}

#[cfg(test)]
mod tests {
    use hound::{WavSpec, WavWriter};

    use super::*;

    fn spec() -> WavSpec {
        WavSpec {
            channels: 1,
            sample_rate: RATE,
            bits_per_sample: BITS,
            sample_format: SampleFormat::Int,
        }
    }

    fn file(spec: WavSpec, samples: u32) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut file, spec).unwrap();
        for _ in 0..samples * u32::from(spec.channels) {
            match spec.sample_format {
                SampleFormat::Int => writer.write_sample(1_i32).unwrap(),
                SampleFormat::Float => writer.write_sample(0.1_f32).unwrap(),
            }
        }
        writer.finalize().unwrap();
        file.into_inner()
    }

    #[test]
    fn the_length_is_that_of_the_data() {
        assert_eq!(length(&file(spec(), 24_000)), Ok(Duration::from_millis(1500)));
        assert_eq!(length(&file(spec(), 1)), Ok(Duration::from_nanos(62_500)));
        assert_eq!(length(&file(spec(), 0)), Ok(Duration::ZERO));
    }

    #[test]
    fn what_is_wrong_is_told() {
        let with = |change: fn(&mut WavSpec)| {
            let mut spec = spec();
            change(&mut spec);
            length(&file(spec, 100)).unwrap_err()
        };
        assert!(with(|spec| spec.channels = 2).contains("2 channels"));
        assert!(with(|spec| spec.sample_rate = 8000).contains("8000 samples"));
        assert!(with(|spec| spec.bits_per_sample = 8).contains("8 bits"));
        assert!(
            with(|spec| {
                spec.bits_per_sample = 32;
                spec.sample_format = SampleFormat::Float;
            })
            .contains("32 bits")
        );
        for junk in [&b""[..], b"RIFF", b"ID3 an MP3 file", &[0; 100]] {
            assert!(length(junk).unwrap_err().contains("no WAV file"));
        }
        let whole = file(spec(), 100);
        let cut = length(&whole[..whole.len() - 10]).unwrap_err();
        assert!(cut.contains("10 bytes too early"), "{cut}");
    }
}
