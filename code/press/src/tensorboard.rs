//! Event files that TensorBoard opens: what was measured as training went on.
//!
//! The format is a sequence of records, each a length, the checksum of the
//! length, a protocol-buffer message and its checksum. The one Rust crate
//! that writes them rests since 2022 and brings an image library; the four
//! messages that a curve needs are written here with `prost`, and the reading
//! is checked with TensorBoard's own reader.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use prost::Message;
use study::experiment::Series;

/// The part of `tensorflow.Event` that a curve needs.
#[derive(Clone, PartialEq, Message)]
struct Event {
    /// Seconds. The step stands in for the clock: the same run must give the
    /// same bytes.
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    /// Only in the first event of a file.
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    /// TensorBoard's scalars are single precision.
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

/// Writes one event file below `folder`, and tells its path.
///
/// # Errors
/// If the file cannot be written.
pub fn write(
    folder: &Path,
    id: &str,
    series: &[Series],
) -> io::Result<std::path::PathBuf> {
    fs::create_dir_all(folder)?;
    // TensorBoard looks for `tfevents` in a file's name.
    let path = folder.join(format!("events.out.tfevents.0.{id}"));
    let mut file = io::BufWriter::new(fs::File::create(&path)?);
    for event in events(series) {
        write_record(&mut file, &event.encode_to_vec())?;
    }
    file.flush()?;
    Ok(path)
}

fn events(series: &[Series]) -> Vec<Event> {
    let version = Event {
        file_version: Some("brain.Event:2".into()),
        ..Event::default()
    };
    let scalars = series.iter().flat_map(|one| {
        one.points.iter().map(|&(step, value)| {
            let value = Value {
                tag: one.name.clone(),
                simple_value: Some(value as f32),
            };
            Event {
                wall_time: step as f64,
                step: step as i64,
                file_version: None,
                summary: Some(Summary { value: vec![value] }),
            }
        })
    });
    let mut events: Vec<Event> = scalars.collect();
    // In order of steps, as a program that trains writes them; the sort is
    // stable, so that the series keep their order within a step.
    events.sort_by_key(|event| event.step);
    events.insert(0, version);
    events
}

fn write_record(file: &mut impl Write, message: &[u8]) -> io::Result<()> {
    let length = (message.len() as u64).to_le_bytes();
    file.write_all(&length)?;
    file.write_all(&masked_checksum(&length).to_le_bytes())?;
    file.write_all(message)?;
    file.write_all(&masked_checksum(message).to_le_bytes())
}

/// CRC-32C, rotated and shifted: the checksum of data that holds checksums of
/// its own would otherwise be a constant.
fn masked_checksum(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_length_checksum_message_checksum() {
        let mut bytes = Vec::new();
        write_record(&mut bytes, b"slope").unwrap();
        assert_eq!(bytes.len(), 8 + 4 + 5 + 4);
        assert_eq!(bytes[..8], 5u64.to_le_bytes());
        let checksum = u32::from_le_bytes(bytes[8..12].try_into().unwrap());
        assert_eq!(checksum, masked_checksum(&bytes[..8]));
        assert_eq!(&bytes[12..17], b"slope");
    }

    #[test]
    fn events_are_in_order_of_steps_and_the_first_names_the_version() {
        let series = |name: &str, points: &[(u64, f64)]| Series {
            name: name.into(),
            points: points.to_vec(),
        };
        let events = events(&[
            series("a", &[(0, 1.0), (2, 0.5)]),
            series("b", &[(1, 3.0)]),
        ]);
        assert!(events[0].file_version.is_some());
        let steps: Vec<i64> = events[1..].iter().map(|e| e.step).collect();
        assert_eq!(steps, [0, 1, 2]);
    }
}
