//! Rows as a file: CSV, or Parquet.

use std::io;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{ConvertedType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::mark::MARK;
use super::row::{Column, Kind};
use crate::outlet::Whole;

/// Rows of a group in Parquet.
const GROUP: usize = 100_000;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines of values with commas between, the names in the first.
    Csv,
    /// Apache Parquet, uncompressed.
    Parquet,
}

impl Format {
    /// What a file's name asks for: `.csv` or `.parquet`.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?;
        if extension.eq_ignore_ascii_case("csv") {
            Some(Self::Csv)
        } else if extension.eq_ignore_ascii_case("parquet") {
            Some(Self::Parquet)
        } else {
            None
        }
    }
}

/// Rows in their order.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(columns: Vec<Column>, rows: Vec<Vec<String>>) -> Self {
        Self { columns, rows }
    }

    /// Adds a last column that says of every row which sweep it is a part of.
    pub(super) fn mark(&mut self, mark: &str) {
        self.columns.push(Column {
            name: MARK.to_owned(),
            kind: Kind::Text,
        });
        for row in &mut self.rows {
            row.push(mark.to_owned());
        }
    }

    /// Writes all of it, and only then gives it its name.
    pub(super) fn write(&self, out: &Path, format: Format) -> io::Result<()> {
        Whole::prepare(out)?.write(|file| match format {
            Format::Csv => self.write_csv(file),
            Format::Parquet => self.write_parquet(file).map_err(io::Error::other),
        })
    }

    fn write_csv(&self, out: impl io::Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(self.columns.iter().map(|column| column.name.as_str()))?;
        for row in &self.rows {
            writer.write_record(row)?;
        }
        writer.flush()
    }

    fn schema(&self) -> parquet::errors::Result<Arc<Type>> {
        let field = |column: &Column| {
            let builder = match column.kind {
                Kind::Count => Type::primitive_type_builder(&column.name, Physical::INT64),
                Kind::Real => Type::primitive_type_builder(&column.name, Physical::DOUBLE),
                Kind::Text => Type::primitive_type_builder(&column.name, Physical::BYTE_ARRAY)
                    .with_converted_type(ConvertedType::UTF8),
            };
            builder.with_repetition(Repetition::OPTIONAL).build().map(Arc::new)
        };
        let fields = self.columns.iter().map(field).collect::<Result<Vec<_>, _>>()?;
        Type::group_type_builder("sweep")
            .with_fields(fields)
            .build()
            .map(Arc::new)
    }

    fn write_parquet(&self, out: impl io::Write + Send) -> parquet::errors::Result<()> {
        let properties = WriterProperties::builder().set_created_by("sim".to_owned()).build();
        let mut writer = SerializedFileWriter::new(out, self.schema()?, Arc::new(properties))?;
        for rows in self.rows.chunks(GROUP) {
            let mut group = writer.next_row_group()?;
            for (place, column) in self.columns.iter().enumerate() {
                let cells = rows.iter().map(|row| row.get(place).map_or("", String::as_str));
                let mut chunk = group
                    .next_column()?
                    .ok_or_else(|| parquet::errors::ParquetError::General("a column too few".to_owned()))?;
                // A level of 0 stands for an empty cell, whose value is left out.
                match column.kind {
                    Kind::Count => {
                        let values: Vec<Option<i64>> = cells.map(|cell| cell.parse().ok()).collect();
                        let (levels, values) = levels(values);
                        chunk.typed::<Int64Type>().write_batch(&values, Some(&levels), None)?;
                    }
                    Kind::Real => {
                        let values: Vec<Option<f64>> = cells.map(|cell| cell.parse().ok()).collect();
                        let (levels, values) = levels(values);
                        chunk.typed::<DoubleType>().write_batch(&values, Some(&levels), None)?;
                    }
                    Kind::Text => {
                        let values: Vec<Option<ByteArray>> = cells
                            .map(|cell| (!cell.is_empty()).then(|| ByteArray::from(cell)))
                            .collect();
                        let (levels, values) = levels(values);
                        chunk
                            .typed::<ByteArrayType>()
                            .write_batch(&values, Some(&levels), None)?;
                    }
                }
                chunk.close()?;
            }
            group.close()?;
        }
        writer.close().map(drop)
    }
}

/// Which cells have a value, and the values.
fn levels<T>(cells: Vec<Option<T>>) -> (Vec<i16>, Vec<T>) {
    let levels = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    (levels, cells.into_iter().flatten().collect())
}
