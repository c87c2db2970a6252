// PostgreSQL's JDBC driver: types, batches, row limits, metadata, COPY, cancel. The server's port is the argument.
import java.io.*;
import java.math.BigDecimal;
import java.sql.*;
import java.time.*;
import java.util.*;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

public class Client {
    static void check(Object found, Object expected) {
        if (!Objects.equals(found, expected)) throw new AssertionError("found " + found + ", not " + expected);
    }

    static List<String> names(ResultSet rows, String column) throws SQLException {
        List<String> names = new ArrayList<>();
        while (rows.next()) names.add(rows.getString(column));
        return names;
    }

    static List<String> rows(ResultSet rows, String... columns) throws SQLException {
        List<String> found = new ArrayList<>();
        while (rows.next()) {
            StringJoiner row = new StringJoiner(" ");
            for (String column : columns) row.add(rows.getString(column));
            found.add(row.toString());
        }
        rows.close();
        return found;
    }

    static void types(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE every (k INT4 PRIMARY KEY, b BOOL, i2 INT2, i8 INT8, f4 FLOAT4, f8 FLOAT8, n DECIMAL(10, 2), "
                + "s STRING, y BYTES, d DATE, t TIME, ts TIMESTAMP, tz TIMESTAMPTZ, u UUID, j JSONB, a STRING[])");
        }
        OffsetDateTime when = OffsetDateTime.of(2026, 11, 22, 10, 15, 0, 250_000_000, ZoneOffset.UTC);
        UUID id = UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
        String insert = "INSERT INTO every VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::JSONB, ?)";
        // After five runs the driver prepares the statement and sends and asks for binary values.
        for (int k = 0; k < 12; k++) {
            try (PreparedStatement put = connection.prepareStatement(insert)) {
                put.setInt(1, k);
                put.setBoolean(2, true);
                put.setShort(3, (short) -32768);
                put.setLong(4, Long.MIN_VALUE);
                put.setFloat(5, 1.5f);
                put.setDouble(6, 0.1);
                put.setBigDecimal(7, new BigDecimal("1.50"));
                put.setString(8, "fünf");
                put.setBytes(9, new byte[] {0, -1});
                put.setObject(10, LocalDate.of(2026, 11, 22));
                put.setObject(11, LocalTime.of(10, 15));
                put.setObject(12, LocalDateTime.of(2026, 11, 22, 10, 15));
                put.setObject(13, when);
                put.setObject(14, id);
                put.setString(15, "{\"a\": 1}");
                put.setArray(16, connection.createArrayOf("text", new String[] {"a", null, "b\"c"}));
                check(put.executeUpdate(), 1);
            }
        }
        try (PreparedStatement get = connection.prepareStatement("SELECT * FROM every WHERE k = ?")) {
            for (int k = 0; k < 12; k++) {
                get.setInt(1, k);
                try (ResultSet row = get.executeQuery()) {
                    check(row.next(), true);
                    check(row.getBoolean("b"), true);
                    check(row.getShort("i2"), (short) -32768);
                    check(row.getLong("i8"), Long.MIN_VALUE);
                    check(row.getFloat("f4"), 1.5f);
                    check(row.getDouble("f8"), 0.1);
                    check(row.getBigDecimal("n"), new BigDecimal("1.50"));
                    check(row.getString("s"), "fünf");
                    check(Arrays.toString(row.getBytes("y")), "[0, -1]");
                    check(row.getObject("d", LocalDate.class), LocalDate.of(2026, 11, 22));
                    check(row.getObject("t", LocalTime.class), LocalTime.of(10, 15));
                    check(row.getObject("ts", LocalDateTime.class), LocalDateTime.of(2026, 11, 22, 10, 15));
                    check(row.getObject("tz", OffsetDateTime.class), when);
                    check(row.getObject("u"), id);
                    check(row.getString("j"), "{\"a\": 1}");
                    check(Arrays.toString((Object[]) row.getArray("a").getArray()), "[a, null, b\"c]");
                }
            }
        }
    }

    /** Portals with row limits: the driver fetches 100 rows at a time inside a transaction. */
    static void limits(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE many (a INT PRIMARY KEY, b STRING)");
        }
        try (PreparedStatement put = connection.prepareStatement("INSERT INTO many VALUES (?, ?)")) {
            for (int a = 0; a < 1000; a++) {
                put.setInt(1, a);
                put.setString(2, "row " + a);
                put.addBatch();
            }
            check(Arrays.stream(put.executeBatch()).sum(), 1000);
        }
        connection.setAutoCommit(false);
        try (PreparedStatement get = connection.prepareStatement("SELECT a, b FROM many ORDER BY a")) {
            get.setFetchSize(100);
            try (ResultSet rows = get.executeQuery()) {
                for (int a = 0; a < 1000; a++) {
                    check(rows.next(), true);
                    check(rows.getInt(1), a);
                    if (a == 500) {
                        try (Statement other = connection.createStatement(); ResultSet one = other.executeQuery("SELECT 1")) {
                            check(one.next(), true);
                        }
                    }
                }
                check(rows.next(), false);
            }
            get.setMaxRows(10);
            try (ResultSet rows = get.executeQuery()) {
                check(names(rows, "b").size(), 10);
            }
        }
        Savepoint savepoint = connection.setSavepoint("here");
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("INSERT INTO many VALUES (1, 'again')");
            throw new AssertionError("a duplicate key passes");
        } catch (SQLException error) {
            check(error.getSQLState(), "23505");
            connection.rollback(savepoint);
        }
        connection.commit();
        connection.setAutoCommit(true);
        try (PreparedStatement put = connection.prepareStatement("INSERT INTO many (a) VALUES (?)", Statement.RETURN_GENERATED_KEYS)) {
            put.setInt(1, 5000);
            put.executeUpdate();
            try (ResultSet keys = put.getGeneratedKeys()) {
                check(keys.next() && keys.getInt("a") == 5000, true);
            }
        }
    }

    static void metadata(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE parents (id BIGSERIAL PRIMARY KEY, name VARCHAR(20) NOT NULL DEFAULT 'x', price DECIMAL(10, 2))");
            statement.execute("CREATE TABLE children (id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent INT REFERENCES parents ON DELETE CASCADE, UNIQUE (parent))");
            statement.execute("CREATE TABLE places (a INT, b INT, c STRING, PRIMARY KEY (a, b DESC), INDEX by_c (c DESC, a))");
            statement.execute("CREATE VIEW both_of_them AS SELECT p.name FROM parents p JOIN children c ON c.parent = p.id");
            statement.execute("COMMENT ON TABLE parents IS 'older ones'");
        }
        DatabaseMetaData about = connection.getMetaData();
        check(about.getDatabaseMajorVersion(), 15);
        check(about.getUserName(), "root");
        check(names(about.getTables(null, "public", "%", new String[] {"TABLE"}), "TABLE_NAME"), List.of("children", "every", "many", "parents", "places"));
        check(names(about.getTables(null, null, "both%", new String[] {"VIEW"}), "TABLE_NAME"), List.of("both_of_them"));
        check(names(about.getTables(null, null, "parents", null), "REMARKS"), List.of("older ones"));
        check(names(about.getColumns(null, "public", "parents", null), "TYPE_NAME"), List.of("bigserial", "varchar", "numeric"));
        check(names(about.getColumns(null, "public", "parents", null), "IS_NULLABLE"), List.of("NO", "NO", "YES"));
        check(names(about.getColumns(null, "public", "children", null), "IS_AUTOINCREMENT"), List.of("YES", "NO"));
        check(names(about.getColumns(null, "public", "parents", "price"), "COLUMN_SIZE"), List.of("10"));
        check(names(about.getSchemas(), "TABLE_SCHEM").contains("public"), true);
        check(names(about.getCatalogs(), "TABLE_CAT").contains("defaultdb"), true);
        check(rows(about.getPrimaryKeys(null, "public", "parents"), "COLUMN_NAME", "KEY_SEQ", "PK_NAME"), List.of("id 1 parents_pkey"));
        check(rows(about.getImportedKeys(null, "public", "children"), "PKTABLE_NAME", "PKCOLUMN_NAME", "FKCOLUMN_NAME", "DELETE_RULE"),
            List.of("parents id parent " + DatabaseMetaData.importedKeyCascade));
        check(rows(about.getExportedKeys(null, "public", "parents"), "FKTABLE_NAME", "FK_NAME", "PK_NAME"),
            List.of("children children_parent_fkey parents_pkey"));
        check(rows(about.getCrossReference(null, "public", "parents", null, "public", "children"), "FK_NAME"), List.of("children_parent_fkey"));
        check(rows(about.getIndexInfo(null, "public", "places", false, false), "INDEX_NAME", "ORDINAL_POSITION", "COLUMN_NAME", "ASC_OR_DESC", "NON_UNIQUE"),
            List.of("places_pkey 1 a A f", "places_pkey 2 b D f", "by_c 1 c D t", "by_c 2 a A t"));
        check(rows(about.getIndexInfo(null, "public", "places", true, false), "INDEX_NAME", "COLUMN_NAME"), List.of("places_pkey a", "places_pkey b"));
        check(rows(about.getBestRowIdentifier(null, "public", "places", DatabaseMetaData.bestRowSession, true), "COLUMN_NAME"), List.of("a", "b"));
        check(rows(about.getVersionColumns(null, "public", "places"), "COLUMN_NAME"), List.of("ctid"));
        Map<String, Integer> types = new HashMap<>();
        try (ResultSet known = about.getTypeInfo()) {
            while (known.next()) types.put(known.getString("TYPE_NAME"), known.getInt("DATA_TYPE"));
        }
        for (var kind : Map.of("int8", Types.BIGINT, "numeric", Types.NUMERIC, "text", Types.VARCHAR, "bytea", Types.BINARY, "uuid", Types.OTHER,
            "timestamptz", Types.TIMESTAMP, "jsonb", Types.OTHER, "interval", Types.OTHER, "_int8", Types.ARRAY, "bool", Types.BIT).entrySet())
            check(types.get(kind.getKey()), kind.getValue());
        check(names(about.getColumns(null, "public", "every", null), "DATA_TYPE").get(15), String.valueOf(Types.ARRAY));
        check(names(about.getColumns(null, "pg_catalog", "pg_index", "ind%"), "TYPE_NAME").contains("int2vector"), true);
        check(about.getSQLKeywords().contains("verbose"), true);
        about.getTablePrivileges(null, "public", "parents").close();
        about.getColumnPrivileges(null, "public", "parents", "name").close();
        about.getProcedures(null, null, "%").close();
        check(rows(about.getFunctions(null, null, "upper"), "FUNCTION_SCHEM", "FUNCTION_NAME"), List.of("pg_catalog upper"));
        check(rows(about.getFunctionColumns(null, null, "upper", null), "ORDINAL_POSITION", "TYPE_NAME"), List.of("0 text", "1 text"));
        about.getTableTypes().close();
        about.getUDTs(null, null, "%", null).close();
        about.getProcedureColumns(null, null, "%", null).close();
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery("SELECT * FROM every")) {
            ResultSetMetaData columns = row.getMetaData();
            List<String> found = new ArrayList<>();
            for (int place = 1; place <= columns.getColumnCount(); place++) found.add(columns.getColumnTypeName(place));
            check(found, List.of("int4", "bool", "int2", "int8", "float4", "float8", "numeric", "text", "bytea", "date", "time", "timestamp",
                "timestamptz", "uuid", "jsonb", "_text"));
        }
    }

    /** Rows changed through a result set: the driver finds its table and columns by what the result's description says. */
    static void updatable(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE stock (id INT PRIMARY KEY, name VARCHAR(20), price DECIMAL(8, 2) DEFAULT 1)");
            statement.execute("INSERT INTO stock VALUES (1, 'one', 1.5), (2, 'two', 2.5), (3, 'three', 3.5)");
        }
        try (Statement statement = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
                ResultSet rows = statement.executeQuery("SELECT id, name, price FROM stock ORDER BY id")) {
            check(rows.getConcurrency(), ResultSet.CONCUR_UPDATABLE);
            check(rows.next(), true);
            rows.updateString("name", "eins");
            rows.updateBigDecimal("price", new BigDecimal("9.99"));
            rows.updateRow();
            check(rows.next(), true);
            rows.deleteRow();
            rows.moveToInsertRow();
            rows.updateInt("id", 4);
            rows.updateString("name", "vier");
            rows.insertRow();
            rows.moveToCurrentRow();
        }
        try (Statement statement = connection.createStatement()) {
            check(rows(statement.executeQuery("SELECT * FROM stock ORDER BY id"), "id", "name", "price"),
                List.of("1 eins 9.99", "3 three 3.50", "4 vier 1.00"));
            try (ResultSet rows = statement.executeQuery("SELECT id, name AS label, price * 2 FROM stock")) {
                var columns = (org.postgresql.PGResultSetMetaData) rows.getMetaData();
                check(columns.getBaseTableName(1) + "." + columns.getBaseColumnName(2), "stock.name");
                check(columns.getBaseTableName(3), "");
                check(rows.getMetaData().isNullable(1), ResultSetMetaData.columnNoNulls);
                check(rows.getMetaData().isNullable(2), ResultSetMetaData.columnNullable);
            }
        }
    }

    /** The driver asks for the result of a function as `select * from upper($1) as result`. */
    static void calls(Connection connection) throws SQLException {
        try (CallableStatement call = connection.prepareCall("{? = call upper(?)}")) {
            call.registerOutParameter(1, Types.VARCHAR);
            call.setString(2, "fünf");
            call.execute();
            check(call.getString(1), "FÜNF");
        }
    }

    static void copies(Connection connection) throws SQLException, IOException {
        CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
        check(copies.copyIn("COPY places FROM STDIN", new StringReader("7\t7\tseven\n8\t8\t\\N\n")), 2L);
        StringWriter out = new StringWriter();
        copies.copyOut("COPY (SELECT * FROM places WHERE a > 2 ORDER BY a) TO STDOUT", out);
        check(out.toString(), "7\t7\tseven\n8\t8\t\\N\n");
    }

    static void cancel(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            statement.executeQuery("SELECT count(*) FROM generate_series(1, 1000000000000) AS g(n) WHERE n % 7 = 1");
            throw new AssertionError("nothing cancels the query");
        } catch (SQLException error) {
            check(error.getSQLState(), "57014");
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE IF EXISTS nothing");
            check(statement.getWarnings().getMessage(), "table \"nothing\" does not exist, skipping");
        }
    }

    public static void main(String[] arguments) throws Exception {
        String url = "jdbc:postgresql://127.0.0.1:" + arguments[0] + "/defaultdb?user=root";
        try (Connection connection = DriverManager.getConnection(url)) {
            types(connection);
            limits(connection);
            metadata(connection);
            updatable(connection);
            calls(connection);
            copies(connection);
            cancel(connection);
        }
        try (Connection connection = DriverManager.getConnection(url + "&preferQueryMode=simple")) {
            check(connection.isValid(5), true);
        }
    }
}
