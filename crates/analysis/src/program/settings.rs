//! Configurations of libraries that stand in a module's names: Django's `DATABASES`.

use ir::{BindingId, ExprId, ExprKind, FnId};

use super::Program;
use crate::ids::{ExprRef, FileId};
use crate::index::ThisType;
use crate::models::Setting;

/// One configuration of a library.
#[derive(Clone, Copy, Debug)]
pub struct SettingUse<'m> {
    pub model: &'m Setting,
    /// The record that holds the options.
    pub record: ExprRef,
    /// The value that tells what is configured.
    pub at: ExprRef,
}

impl<'m> Program<'m> {
    /// The configurations that the models know, by file.
    pub fn settings(&self) -> Vec<SettingUse<'m>> {
        let mut found = Vec::new();
        for (number, file) in self.files.iter().enumerate() {
            let id = FileId(number as u32);
            for model in &self.models.of(file.language).settings {
                for value in self.setting_values(id, model) {
                    self.add_settings(ExprRef { file: id, id: value }, model, &mut found);
                }
            }
        }
        found
    }

    /// What is assigned to the name or to its members.
    fn setting_values(&self, id: FileId, model: &Setting) -> Vec<ExprId> {
        let (file, index) = (self.file(id), self.listing(id));
        let is_name = |binding: BindingId| {
            let binding = file.binding(binding);
            *binding.name == *model.name && binding.function == FnId::MODULE
        };
        let bindings = (0..file.bindings.len()).map(|number| BindingId(number as u32)).filter(|id| is_name(*id));
        let whole = bindings.filter_map(|binding| index.defs.get(&binding)).flatten().map(|def| def.value);
        let members = index.members.iter().chain(&index.entries).filter(|(object, ..)| match file.expr(*object).kind {
            ExprKind::Local(binding) => is_name(binding),
            _ => false,
        });
        // `class Config: NAME = …`, `self.NAME = …`, `app.config["NAME"] = …`.
        let named = index.members.iter().chain(&index.entries).filter(|(_, name, _)| *name == *model.name);
        let fields = file.classes.iter().flat_map(|class| &class.fields).filter(|field| *field.name == *model.name);
        let name = ir::Symbol::new(&model.name);
        let classes = (0..file.classes.len()).map(|number| ThisType::Class(ir::ClassId(number as u32)));
        let own = classes.filter_map(|class| index.fields.get(&(class, name))).flatten().map(|def| def.value);
        let mut values: Vec<ExprId> = whole.chain(members.map(|(.., value)| *value)).collect();
        values.extend(named.map(|(.., value)| *value));
        values.extend(fields.filter_map(|field| field.value));
        values.extend(own);
        values.sort_unstable();
        values.dedup();
        values
    }

    fn add_settings(&self, value: ExprRef, model: &'m Setting, found: &mut Vec<SettingUse<'m>>) {
        let ExprKind::Record(entries) = self.kind(value) else { return };
        let Some(key) = &model.key else {
            return found.push(SettingUse { model, record: value, at: value });
        };
        for entry in entries {
            let inner = ExprRef { file: value.file, id: entry.value };
            let is_key = entry.key.is_some_and(|name| *name == **key);
            if is_key && self.literal(inner, 0).is_some_and(|text| model.is.contains(&text)) {
                found.push(SettingUse { model, record: value, at: inner });
            } else {
                self.add_settings(inner, model, found);
            }
        }
    }
}
