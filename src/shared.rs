//! What costs memory and never changes, made once for all that use it at the same time: a thousand
//! calls plan the same transforms.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Values in use, by their keys.
pub(crate) struct Shared<K, V: ?Sized>(Mutex<BTreeMap<K, Weak<V>>>);

impl<K: Ord, V: ?Sized> Shared<K, V> {
    /// Of nothing yet.
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// The value of a key: the one in use, or a new one.
    pub(crate) fn get(&self, key: K, make: impl FnOnce() -> Arc<V>) -> Arc<V> {
        let Ok(value) = self.try_get(key, || Ok::<_, Infallible>(make()));
        value
    }

    /// As [`Shared::get`], of a value that cannot always be made.
    pub(crate) fn try_get<E>(
        &self,
        key: K,
        make: impl FnOnce() -> Result<Arc<V>, E>,
    ) -> Result<Arc<V>, E> {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = values.get(&key).and_then(Weak::upgrade) {
            return Ok(value);
        }
        values.retain(|_, value| value.strong_count() > 0);
        let value = make()?;
        values.insert(key, Arc::downgrade(&value));
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shared_while_it_is_in_use() {
        let shared = Shared::new();
        let get = |key: u32| shared.get(key, || Arc::new(key));
        let (first, second, other) = (get(1), get(1), get(2));
        assert!(Arc::ptr_eq(&first, &second) && *other == 2);
        drop((first, second));
        get(3);
        let kept: Vec<_> = shared.0.lock().unwrap().keys().copied().collect();
        assert_eq!(kept, [2, 3]);
    }
}
