//! How long speech takes. The rule is ours, and simple enough to reckon with: 60 ms per character, about 165
//! words of English a minute; in SSML the text counts, and the pauses that `<break time="…"/>` asks for.

use std::time::Duration;

use super::super::config::EngineConfig;

const PER_CHARACTER: Duration = Duration::from_millis(60);
/// The longest break that the speech service takes (its SSML reference).
const LONGEST_BREAK: Duration = Duration::from_secs(20);

/// How long it takes to say a text.
pub(in crate::engine) fn of_text(text: &str) -> Duration {
    let characters = u32::try_from(text.trim().chars().count()).unwrap_or(u32::MAX);
    PER_CHARACTER.saturating_mul(characters)
}

/// The text in SSML: what stands between the tags.
pub(in crate::engine) fn text_of_ssml(ssml: &str) -> String {
    let mut text = String::with_capacity(ssml.len());
    let mut inside = false;
    for letter in ssml.chars() {
        match letter {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                text.push(' ');
            }
            _ if !inside => text.push(letter),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How long it takes to speak SSML.
pub(in crate::engine) fn of_ssml(ssml: &str) -> Duration {
    let breaks = ssml.split("<break").skip(1).filter_map(|rest| {
        let tag = rest.split('>').next()?;
        let value = tag
            .split("time")
            .nth(1)?
            .trim_start()
            .strip_prefix('=')?
            .trim_start();
        let value = value.trim_start_matches(['"', '\'']).split(['"', '\'']).next()?;
        pause(value.trim())
    });
    breaks.fold(of_text(&text_of_ssml(ssml)), Duration::saturating_add)
}

/// `500ms` or `1.5s`.
fn pause(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s')?, 1.0),
    };
    let seconds = number.trim().parse::<f64>().ok()? * unit;
    let pause = Duration::try_from_secs_f64(seconds).ok()?;
    Some(pause.min(LONGEST_BREAK))
}

/// How much of the time of a sound passes.
pub(in crate::engine) fn scaled(config: &EngineConfig, time: Duration) -> Duration {
    let seconds = time.as_secs_f64() * config.playback_time_scale;
    Duration::try_from_secs_f64(seconds).unwrap_or(if seconds > 0.0 {
        Duration::MAX
    } else {
        Duration::ZERO
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_takes_its_length() {
        assert_eq!(of_text(""), Duration::ZERO);
        assert_eq!(of_text("  twelve signs \n"), Duration::from_millis(12 * 60));
        assert_eq!(of_text("äöü"), Duration::from_millis(3 * 60));
    }

    #[test]
    fn in_ssml_text_and_breaks_count() {
        let ssml =
            r#"<speak version="1.0"><voice name="en-US-X">One <break time="500ms"/> two</voice></speak>"#;
        assert_eq!(text_of_ssml(ssml), "One two");
        assert_eq!(of_ssml(ssml), Duration::from_millis(7 * 60 + 500));
        for (tag, millis) in [
            ("<break time='1.5s' />", 1500),
            ("<break strength=\"weak\" time = \"2s\"/>", 2000),
            ("<break time=\"1h\"/>", 0),
            ("<break time=\"-1s\"/>", 0),
            ("<break time=\"NaNs\"/>", 0),
            ("<break time=\"99s\"/>", 20_000),
            ("<break", 0),
            ("<break time", 0),
        ] {
            assert_eq!(of_ssml(tag), Duration::from_millis(millis), "{tag}");
        }
    }

    #[test]
    fn every_scale_is_taken() {
        let mut config = EngineConfig::default();
        assert_eq!(
            scaled(&config, Duration::from_secs(10)),
            Duration::from_millis(100)
        );
        for (scale, scaled_time) in [
            (0.0, Duration::ZERO),
            (1.0, Duration::from_secs(10)),
            (f64::MAX, Duration::MAX),
            (-1.0, Duration::ZERO),
            (f64::NAN, Duration::ZERO),
        ] {
            config.playback_time_scale = scale;
            assert_eq!(scaled(&config, Duration::from_secs(10)), scaled_time, "{scale}");
        }
    }
}
