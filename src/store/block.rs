//! The codec of sealed samples. A block holds the same time span of the series of one family:
//! a compressed index (times, and of each column its count, least, greatest and sum), then each
//! column by itself, so that a chart of one series decodes one column.
//!
//! Layout, little-endian: magic, CRC-32 of the rest, length of the index, the index (zstd), the
//! columns (pco). A damaged block is found by its sum and loses only itself.

use std::collections::BTreeMap;

const MAGIC: &[u8; 4] = b"NKB1";
/// Compression levels: the best within a few microseconds a block.
const PCO_LEVEL: usize = 8;
const ZSTD_LEVEL: i32 = 9;
/// No block of ours decodes to more; a forged one is refused.
const INDEX_LIMIT: usize = 4 << 20;

/// Columns by their number; each value stands at the row (time) of its index.
pub(super) type Columns = BTreeMap<u32, Vec<(u32, f32)>>;

/// What the index says of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Summary {
    pub(super) count: u32,
    pub(super) min: f32,
    pub(super) max: f32,
    pub(super) sum: f64,
}

/// The block is no block, or not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a block of samples is damaged")]
pub(super) struct Damaged;

/// An opened block.
#[derive(Debug)]
pub(super) struct Block<'a> {
    times: Vec<i64>,
    columns: BTreeMap<u32, Column>,
    data: &'a [u8],
}

#[derive(Debug, Clone, Copy)]
struct Column {
    summary: Summary,
    /// Where its rows are listed; nowhere if it has a value in every row.
    rows: (usize, usize),
    values: (usize, usize),
}

/// Encodes columns over the times of their rows, which must be in order.
pub(super) fn encode(times: &[i64], columns: &Columns) -> Vec<u8> {
    let mut data = Vec::new();
    let mut index = Vec::new();
    let packed = pack(times);
    put(&mut index, times.len());
    put(&mut index, packed.len());
    index.extend_from_slice(&packed);
    put(&mut index, columns.len());
    for (number, column) in columns {
        let values: Vec<f32> = column.iter().map(|(_, value)| *value).collect();
        let summary = summarize(&values);
        index.extend_from_slice(&number.to_le_bytes());
        index.extend_from_slice(&summary.count.to_le_bytes());
        index.extend_from_slice(&summary.min.to_le_bytes());
        index.extend_from_slice(&summary.max.to_le_bytes());
        index.extend_from_slice(&summary.sum.to_le_bytes());
        let before = data.len();
        if column.len() != times.len() {
            data.extend_from_slice(&pack(&column.iter().map(|(row, _)| *row).collect::<Vec<_>>()));
        }
        put(&mut index, data.len() - before);
        let before = data.len();
        // A column that never changes is in the index already.
        if values.iter().any(|value| value.to_bits() != summary.min.to_bits()) {
            data.extend_from_slice(&pack(&values));
        }
        put(&mut index, data.len() - before);
    }
    let index = zstd::bulk::compress(&index, ZSTD_LEVEL).unwrap_or_default();
    let mut rest = Vec::with_capacity(4 + index.len() + data.len());
    put(&mut rest, index.len());
    rest.extend_from_slice(&index);
    rest.extend_from_slice(&data);
    let mut block = MAGIC.to_vec();
    block.extend_from_slice(&crc32fast::hash(&rest).to_le_bytes());
    block.extend_from_slice(&rest);
    block
}

fn summarize(values: &[f32]) -> Summary {
    Summary {
        count: values.len() as u32,
        min: values.iter().copied().fold(f32::INFINITY, f32::min),
        max: values.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        sum: values.iter().copied().map(f64::from).sum(),
    }
}

fn pack<T: pco::data_types::Number>(numbers: &[T]) -> Vec<u8> {
    let config = pco::ChunkConfig::default().with_compression_level(PCO_LEVEL);
    pco::standalone::simple_compress(numbers, &config).unwrap_or_default()
}

fn unpack<T: pco::data_types::Number>(bytes: &[u8]) -> Result<Vec<T>, Damaged> {
    pco::standalone::simple_decompress(bytes).map_err(|_| Damaged)
}

fn put(out: &mut Vec<u8>, length: usize) {
    out.extend_from_slice(&(length as u32).to_le_bytes());
}

impl<'a> Block<'a> {
    /// Opens a block: checks its sum and reads its index.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, Damaged> {
        let mut rest = Reader(bytes);
        if rest.take(4)? != MAGIC {
            return Err(Damaged);
        }
        let sum = rest.u32()?;
        if crc32fast::hash(rest.0) != sum {
            return Err(Damaged);
        }
        let index = rest.counted()?;
        let index = zstd::bulk::decompress(index, INDEX_LIMIT).map_err(|_| Damaged)?;
        let mut index = Reader(&index);
        let count = index.u32()? as usize;
        let times: Vec<i64> = unpack(index.counted()?)?;
        if times.len() != count {
            return Err(Damaged);
        }
        let mut columns = BTreeMap::new();
        let mut at = 0;
        let mut part = |length: usize| {
            let begin = at;
            at += length;
            (begin, at)
        };
        for _ in 0..index.u32()? {
            let number = index.u32()?;
            let summary = Summary {
                count: index.u32()?,
                min: f32::from_bits(index.u32()?),
                max: f32::from_bits(index.u32()?),
                sum: f64::from_le_bytes(index.take(8)?.try_into().map_err(|_| Damaged)?),
            };
            let rows = part(index.u32()? as usize);
            let values = part(index.u32()? as usize);
            columns.insert(number, Column { summary, rows, values });
        }
        Ok(Self { times, columns, data: rest.0 })
    }

    /// The numbers of its columns.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.columns.keys().copied()
    }

    /// What the index says of a column.
    pub(super) fn summary(&self, number: u32) -> Option<Summary> {
        self.columns.get(&number).map(|column| column.summary)
    }

    /// Times and values of one column; nothing if the block has no such column.
    pub(super) fn column(&self, number: u32) -> Result<Vec<(i64, f32)>, Damaged> {
        let Some(Column { summary, rows, values }) = self.columns.get(&number) else {
            return Ok(Vec::new());
        };
        let part = |(begin, end): (usize, usize)| self.data.get(begin..end).ok_or(Damaged);
        let count = summary.count as usize;
        let values: Vec<f32> = match part(*values)? {
            [] if count <= self.times.len() => vec![summary.min; count],
            bytes => unpack(bytes)?,
        };
        let times: Vec<i64> = match part(*rows)? {
            [] => self.times.clone(),
            bytes => {
                let time = |row: u32| self.times.get(row as usize).copied().ok_or(Damaged);
                unpack::<u32>(bytes)?.into_iter().map(time).collect::<Result<_, _>>()?
            }
        };
        if values.len() != count || times.len() != count {
            return Err(Damaged);
        }
        Ok(times.into_iter().zip(values).collect())
    }
}

/// Takes bytes from the front, or finds too few.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], Damaged> {
        let (taken, rest) = self.0.split_at_checked(n).ok_or(Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn u32(&mut self) -> Result<u32, Damaged> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into().map_err(|_| Damaged)?))
    }

    fn counted(&mut self) -> Result<&'a [u8], Damaged> {
        let length = self.u32()? as usize;
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Rows with gaps and jitter; columns that are constant, sparse, wild.
    fn blocks() -> impl Strategy<Value = (Vec<i64>, Columns)> {
        let times = prop::collection::vec(1_i64..20_000_000, 0..50).prop_map(|steps| {
            steps
                .into_iter()
                .scan(1_700_000_000_000_000, |at, step| {
                    *at += step;
                    Some(*at)
                })
                .collect::<Vec<_>>()
        });
        times.prop_flat_map(|times| {
            let rows = times.len();
            let value = prop_oneof![
                Just(1.5_f32),
                0.0_f32..1.0,
                Just(f32::MAX),
                Just(f32::MIN_POSITIVE),
                Just(-0.0),
            ];
            let column = prop::collection::vec(prop::option::weighted(0.8, value), rows);
            let columns = prop::collection::btree_map(0_u32..100, column, 0..6);
            (Just(times), columns).prop_map(|(times, columns)| {
                let columns = columns.into_iter().map(|(number, column)| {
                    let present = column
                        .into_iter()
                        .enumerate()
                        .filter_map(|(row, value)| Some((row as u32, value?)));
                    (number, present.collect())
                });
                (times, columns.collect())
            })
        })
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out((times, columns) in blocks()) {
            let bytes = encode(&times, &columns);
            let block = Block::open(&bytes).unwrap();
            prop_assert_eq!(block.numbers().collect::<Vec<_>>(), columns.keys().copied().collect::<Vec<_>>());
            for (&number, column) in &columns {
                let expected: Vec<_> = column.iter()
                    .map(|&(row, value)| (times[row as usize], value.to_bits())).collect();
                let found: Vec<_> = block.column(number).unwrap().into_iter()
                    .map(|(at, value)| (at, value.to_bits())).collect();
                prop_assert_eq!(found, expected);
                prop_assert_eq!(block.summary(number).unwrap().count as usize, column.len());
            }
        }

        #[test]
        fn a_damaged_block_is_found((times, columns) in blocks(), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let mut bytes = encode(&times, &columns);
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert!(Block::open(&bytes).is_err());
            prop_assert!(Block::open(&bytes[..at]).is_err());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut forged = MAGIC.to_vec();
            forged.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
            forged.extend_from_slice(&bytes);
            if let Ok(block) = Block::open(&forged) {
                for number in block.numbers() { let _ = block.column(number); }
            }
        }
    }
}
